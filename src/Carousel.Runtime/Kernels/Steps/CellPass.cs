namespace Carousel.Runtime.Kernels.Steps;

/// <summary>What one time step of one recurrent layer reads and writes. Rows of state lie <see cref="StateStride"/> apart.</summary>
internal unsafe struct CellPass
{
    /// <summary>Rows that meet a panel together: whole tiles of every height, and few enough for their pre-activations to stay in the first-level cache.</summary>
    public const int BlockRows = 48;

    /// <summary>Most panels of one row that are multiplied together, of which the first ones ahead: enough to be at work while others finish the layer before.</summary>
    public const int MostAhead = 4;

    /// <summary>The weights.</summary>
    public Panels Weights;

    /// <summary>First panel to work on.</summary>
    public int FirstPanel;

    /// <summary>Panel after the last to work on.</summary>
    public int EndPanel;

    /// <summary>Which of the work to do now.</summary>
    public CellPart Part;

    /// <summary>[panels, gates · 16], added to the input's product, or null.</summary>
    public float* InputBias;

    /// <summary>[panels, gates · 16], added to the hidden state's product, or null.</summary>
    public float* RecurrentBias;

    /// <summary>[panels, 3 · 16] weights of the peepholes i f o, or null.</summary>
    public float* Peepholes;

    /// <summary>Bound of the pre-activations (clipped), or share kept of the cell (zoneout).</summary>
    public float First;

    /// <summary>Bound of the cell (clipped), or share kept of the hidden state (zoneout).</summary>
    public float Second;

    /// <summary>B</summary>
    public int Rows;

    /// <summary>x, packed by <see cref="StepKernels.PackRows"/>.</summary>
    public float* InputTiles;

    /// <summary>W·x and its bias of one row [panels, gates · 16] where it was multiplied before, in which case <see cref="InputTiles"/> is not read; else null. Not where rows are rounded.</summary>
    public float* InputProduct;

    /// <summary>h₋, packed: a copy, because h is overwritten unit by unit.</summary>
    public float* HiddenTiles;

    /// <summary>Pre-activations of a panel, 2 · [B, gates · 16], or of one row 2 · [<see cref="MostAhead"/>, gates · 16], kept from <see cref="CellPart.Ahead"/> to the rest.</summary>
    public float* Gates;

    /// <summary>c₋ in, c out [B, H]; not used by the GRU.</summary>
    public float* Cell;

    /// <summary>h₋ where the equations mix it in; else not read [B, H].</summary>
    public float* Previous;

    /// <summary>h, before a projection, written [B, H].</summary>
    public float* Output;

    /// <summary>Elements from one row of state to the next.</summary>
    public nint StateStride;

    /// <summary>The same step for one panel and the next <see cref="BlockRows"/> rows.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="row">The first row, a multiple of <see cref="BlockRows"/>.</param>
    public readonly CellPass Block(int panel, int row)
    {
        CellPass block = this;
        nint state = row * StateStride;
        (block.FirstPanel, block.EndPanel, block.Rows, block.Part) = (panel, panel + 1, Math.Min(BlockRows, Rows - row), CellPart.Whole);
        block.InputTiles += (nint)row * Panels.TileLength(Weights.Format, Weights.Input(panel).Depth);
        block.HiddenTiles += (nint)row * Panels.TileLength(Weights.Format, Weights.Recurrent(panel).Depth);
        block.Cell = Cell == null ? null : Cell + state;
        block.Previous = Previous == null ? null : Previous + state;
        block.Output += state;
        return block;
    }
}
