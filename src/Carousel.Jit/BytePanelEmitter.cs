using Carousel.Runtime.Kernels.Steps;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for a row in int8 times panels in int8 or int4 with <c>vpdpbusd</c> (AVX512-VNNI), which adds four products of an unsigned and a signed byte to each of
/// sixteen int32 sums: a line of weights, and the word of the row that belongs to it in every lane.
/// </summary>
/// <remarks>
/// <para>Of int8 weights the row is the unsigned factor, and lines come straight from memory; of int4 weights they are the unsigned factor themselves, and a line is used
/// twice, as it is and with the lower weights in place of the upper ones: see <see cref="NibbleColumn"/>.</para>
/// <para>Several panels are read side by side. A word of the row is then fetched once for all of them, and there are enough sums for no instruction to wait for the one
/// before it. Measured on Zen 5, four streams of weights also come sooner than one: prefetchers of a single one fetch many lines twice.</para>
/// <para>Reference: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VPDPBUSD.</para>
/// </remarks>
internal sealed class BytePanelEmitter
{
    private const int Line = 64;

    // Integer registers, none of which a caller expects to find unchanged, on Linux or Windows: the argument, and its fields.
    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 Weights = rax, Row = rdx, Stride = r8, FourthWeights = r9, Count = r10;
    private static readonly AssemblerRegister32 Constant = r10d;

    // While weights are read Row and Count are those, and after the loop:
    private static readonly AssemblerRegister64 C = Row, Before = Count;

    // Vector registers, none of which a caller expects to find unchanged either.
    private static readonly AssemblerRegisterZMM[] Sums = [zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31];
    private static readonly AssemblerRegisterZMM[] OfRow = [zmm0, zmm1, zmm2, zmm3];

    // Of int4 weights.
    private static readonly AssemblerRegisterZMM Lower = zmm0, Upper = zmm1, UpperHalf = zmm2;
    private static readonly AssemblerRegisterZMM[] Bytes = [zmm3, zmm4, zmm5];

    // After the loop.
    private static readonly AssemblerRegisterZMM RowScale = zmm0;
    private static readonly AssemblerRegisterZMM[] Factor = [zmm1, zmm3, zmm4, zmm5];

    private readonly Assembler _assembler = new(bitness: 64);
    private readonly bool _isNibbles;
    private readonly int _lanes, _panels, _sets, _round;

    // Of few sums there are several sets, to which consecutive words go in turn.
    private BytePanelEmitter(PanelFormat format, int lanes, int panels)
    {
        (_isNibbles, _lanes, _panels) = (format == PanelFormat.Nibbles, lanes, panels);
        _sets = (lanes * panels) switch { <= 2 => 4, < 8 => 2, _ => 1 };
        _round = Math.Max(_sets, _isNibbles ? 2 : 4);
    }

    // Sums of a set.
    private int SetSize => _panels * _lanes;

    // Words of the row that belong to a word of weights, in bytes.
    private int RowBytes => _isNibbles ? 2 * sizeof(int) : sizeof(int);

    private int WordBytes => _lanes * Line;

    // Scales and corrections.
    private int HeadBytes => (_isNibbles ? 1 : 2) * _lanes * Line;

    /// <summary>Most panels that are read side by side.</summary>
    /// <param name="lanes">Lane groups of a panel, 1 … <see cref="Panels.MostLanes"/>.</param>
    public static int MostPanels(int lanes) => lanes < 3 ? 1 : Sums.Length / Panels.MostLanes;

    /// <summary>The name of a kernel.</summary>
    /// <param name="format">Of the panels: bytes or nibbles.</param>
    /// <param name="lanes">Lane groups of a panel, 1 … <see cref="Panels.MostLanes"/>.</param>
    /// <param name="panels">Panels, 1 … <see cref="MostPanels"/>.</param>
    public static string Name(PanelFormat format, int lanes, int panels) => $"{(format == PanelFormat.Nibbles ? "nibble" : "byte")}-panel-{16 * lanes}x{panels}";

    /// <summary>Assembles the product for panels of one width: void (<see cref="BytePanelCall"/>*).</summary>
    /// <param name="format">Of the panels: bytes or nibbles.</param>
    /// <param name="lanes">Lane groups of a panel, 1 … <see cref="Panels.MostLanes"/>.</param>
    /// <param name="panels">Panels, 1 … <see cref="MostPanels"/>.</param>
    /// <returns>Code that runs at any address.</returns>
    public static byte[] Emit(PanelFormat format, int lanes, int panels) => new BytePanelEmitter(format, lanes, panels).Emit();

    private byte[] Emit()
    {
        if (_isNibbles)
        {
            _assembler.mov(Constant, unchecked((int)0xF0F0F0F0));
            _assembler.vpbroadcastd(UpperHalf, Constant);
        }

        _assembler.mov(Stride, __[Call + BytePanelCall.StrideOffset]);
        StartSums();
        MultiplyWords();
        AddScaled();
        _assembler.vzeroupper();
        _assembler.ret();

        using var code = new MemoryStream();
        _assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }

    // The first panel's head.
    private void LoadPanel()
    {
        _assembler.mov(Weights, __[Call + BytePanelCall.PanelOffset]);
        if (_panels > 3)
        {
            _assembler.lea(FourthWeights, __[Weights + (Stride * 2)]);
            _assembler.add(FourthWeights, Stride);
        }
    }

    private void MoveOn(int bytes)
    {
        _assembler.add(Weights, bytes);
        if (_panels > 3)
        {
            _assembler.add(FourthWeights, bytes);
        }
    }

    // Where a byte of a panel is, counted from Weights.
    private static AssemblerMemoryOperand At(int panel, int offset) => panel switch
    {
        0 => __zmmword_ptr[Weights + offset],
        1 => __zmmword_ptr[Weights + Stride + offset],
        2 => __zmmword_ptr[Weights + (Stride * 2) + offset],
        _ => __zmmword_ptr[FourthWeights + offset],
    };

    // The first sums at what they start from, the others at zero.
    private void StartSums()
    {
        LoadPanel();
        _assembler.mov(Row, __[Call + BytePanelCall.TileOffset]);
        for (int sum = 0; sum < SetSize; sum++)
        {
            if (_isNibbles)
            {
                _assembler.vpbroadcastd(Sums[sum], __dword_ptr[Row + sizeof(float)]);
            }
            else
            {
                _assembler.vmovdqu32(Sums[sum], At(sum / _lanes, Line * (_lanes + (sum % _lanes))));
            }
        }

        for (int sum = SetSize; sum < _sets * SetSize; sum++)
        {
            _assembler.vpxord(Sums[sum], Sums[sum], Sums[sum]);
        }

        MoveOn(HeadBytes);
        _assembler.add(Row, Line);
    }

    // Whole rounds, then word by word.
    private void MultiplyWords()
    {
        Label loop = _assembler.CreateLabel(), rest = _assembler.CreateLabel(), last = _assembler.CreateLabel(), end = _assembler.CreateLabel();
        _assembler.mov(Count, __[Call + BytePanelCall.WordsOffset]);
        _assembler.shr(Count, (byte)int.Log2(_round));
        _assembler.jz(rest);
        _assembler.Label(ref loop);
        for (int word = 0; word < _round; word++)
        {
            MultiplyWord(word);
        }

        MoveOn(_round * WordBytes);
        _assembler.add(Row, _round * RowBytes);
        _assembler.dec(Count);
        _assembler.jnz(loop);

        _assembler.Label(ref rest);
        _assembler.mov(Count, __[Call + BytePanelCall.WordsOffset]);
        _assembler.and(Count, _round - 1);
        _assembler.jz(end);
        _assembler.Label(ref last);
        MultiplyWord(0);
        MoveOn(WordBytes);
        _assembler.add(Row, RowBytes);
        _assembler.dec(Count);
        _assembler.jnz(last);
        _assembler.Label(ref end);
    }

    private void MultiplyWord(int word)
    {
        if (_isNibbles)
        {
            _assembler.vpbroadcastd(Lower, __dword_ptr[Row + (word * RowBytes)]);
            _assembler.vpbroadcastd(Upper, __dword_ptr[Row + (word * RowBytes) + sizeof(int)]);
        }
        else
        {
            _assembler.vpbroadcastd(OfRow[word % OfRow.Length], __dword_ptr[Row + (word * RowBytes)]);
        }

        for (int at = 0; at < SetSize; at++)
        {
            AssemblerRegisterZMM sum = Sums[(word % _sets * SetSize) + at];
            AssemblerMemoryOperand line = At(at / _lanes, (word * WordBytes) + (at % _lanes * Line));
            if (!_isNibbles)
            {
                _assembler.vpdpbusd(sum, OfRow[word % OfRow.Length], line);
                continue;
            }

            // A byte is sixteen times its upper weight and a fraction; the lower weight, times sixteen, replaces it.
            AssemblerRegisterZMM bytes = Bytes[at % Bytes.Length];
            _assembler.vmovdqu32(bytes, line);
            _assembler.vpdpbusd(sum, bytes, Upper);
            _assembler.vpslld(bytes, bytes, 4);
            _assembler.vpandd(bytes, bytes, UpperHalf);
            _assembler.vpdpbusd(sum, bytes, Lower);
        }
    }

    // c = fma(sum, row scale · column scale, before), as the interpreter rounds it.
    private void AddScaled()
    {
        LoadPanel();
        _assembler.mov(Row, __[Call + BytePanelCall.TileOffset]);
        _assembler.vbroadcastss(RowScale, __dword_ptr[Row]);
        _assembler.mov(C, __[Call + BytePanelCall.COffset]);
        _assembler.mov(Before, __[Call + BytePanelCall.BeforeOffset]);
        for (int at = 0; at < SetSize; at++)
        {
            (int panel, int lane) = (at / _lanes, at % _lanes);
            for (int half = _sets / 2; half > 0; half /= 2)
            {
                for (int set = 0; set < half; set++)
                {
                    int first = (set * SetSize) + at;
                    _assembler.vpaddd(Sums[first], Sums[first], Sums[first + (half * SetSize)]);
                }
            }

            AssemblerRegisterZMM factor = Factor[at % Factor.Length];
            _assembler.vcvtdq2ps(Sums[at], Sums[at]);
            _assembler.vmulps(factor, RowScale, At(panel, lane * Line));
            _assembler.vfmadd213ps(Sums[at], factor, __zmmword_ptr[Before + (lane * Line)]);
            _assembler.vmovups(__zmmword_ptr[C + (at * Line)], Sums[at]);
            if (lane == _lanes - 1 && panel < _panels - 1)
            {
                _assembler.add(Before, __[Call + BytePanelCall.BeforeStrideOffset]);
            }
        }
    }
}
