namespace Carousel.Runtime.Kernels.Steps;

/// <summary>What one time step of one recurrent layer reads and writes. Rows of state lie <see cref="StateStride"/> apart.</summary>
internal unsafe struct CellPass
{
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

    /// <summary>h₋, packed: a copy, because h is overwritten unit by unit.</summary>
    public float* HiddenTiles;

    /// <summary>Pre-activations of one panel: 2 · [B, gates · 16].</summary>
    public float* Gates;

    /// <summary>c₋ in, c out [B, H]; not used by the GRU.</summary>
    public float* Cell;

    /// <summary>h₋ where the equations mix it in; else not read [B, H].</summary>
    public float* Previous;

    /// <summary>h, before a projection, written [B, H].</summary>
    public float* Output;

    /// <summary>Elements from one row of state to the next.</summary>
    public nint StateStride;
}
