using Carousel.Runtime.Kernels.Steps;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Carousel.Jit;

/// <summary>
/// Machine code for rows in int8 times panels in int8 or int4 with <c>vpdpbusd</c> (AVX512-VNNI), which adds four products of an unsigned and a signed byte to each of
/// sixteen int32 sums: a line of weights, and the word of the row that belongs to it in every lane.
/// </summary>
/// <remarks>
/// <para>Of int8 weights the row is the unsigned factor, and lines come straight from memory; of int4 weights they are the unsigned factor themselves, and a line is used
/// twice: see <see cref="NibbleColumn"/>.</para>
/// <para>Reference: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, VPDPBUSD.</para>
/// </remarks>
internal sealed class BytePanelEmitter
{
    private const int Line = 64;

    // Integer registers, none of which a caller expects to find unchanged, on Linux or Windows: the argument, and its fields.
    private static readonly AssemblerRegister64 Call = OperatingSystem.IsWindows() ? rcx : rdi;
    private static readonly AssemblerRegister64 Panel = rax, Row = rdx, Weights = r8, Rounds = r9, Words = r10, Factors = r11;
    private static readonly AssemblerRegister32 Constant = r9d;

    // Vector registers: zmm16 and above, for the same reason; they need no vzeroupper either.
    private static readonly AssemblerRegisterZMM[] Sums = [zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23], Totals = [zmm24, zmm25, zmm26, zmm27], OfRow = [zmm28, zmm29, zmm30, zmm31];

    // Of int4 weights.
    private static readonly AssemblerRegisterZMM Lower = zmm28, Upper = zmm29, LowerHalf = zmm30, Bytes = zmm31;

    // After the loop.
    private static readonly AssemblerRegisterZMM RowScale = zmm28, Factor = zmm29;

    private readonly Assembler _assembler = new(bitness: 64);
    private readonly bool _isNibbles;
    private readonly int _lanes, _sets;

    // Consecutive words go to sums of their own, so that no instruction waits for the one before it; those of int4 weights do so as it is.
    private BytePanelEmitter(PanelFormat format, int lanes) => (_isNibbles, _lanes, _sets) = (format == PanelFormat.Nibbles, lanes, format == PanelFormat.Nibbles ? 1 : lanes <= 2 ? 4 : 2);

    // Words of the row that belong to a word of weights, in bytes.
    private int RowBytes => _isNibbles ? 2 * sizeof(int) : sizeof(int);

    /// <summary>The name of a kernel.</summary>
    /// <param name="format">Of the panels: bytes or nibbles.</param>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="Panels.MostLanes"/>.</param>
    public static string Name(PanelFormat format, int lanes) => $"{(format == PanelFormat.Nibbles ? "nibble" : "byte")}-panel-{16 * lanes}";

    /// <summary>Assembles the product for panels of one width: void (<see cref="BytePanelCall"/>*).</summary>
    /// <param name="format">Of the panels: bytes or nibbles.</param>
    /// <param name="lanes">Lane groups of the panel, 1 … <see cref="Panels.MostLanes"/>.</param>
    /// <returns>Code that runs at any address.</returns>
    public static byte[] Emit(PanelFormat format, int lanes) => new BytePanelEmitter(format, lanes).Emit();

    private byte[] Emit()
    {
        Label panel = _assembler.CreateLabel(), product = _assembler.CreateLabel();
        if (_isNibbles)
        {
            _assembler.mov(Constant, NibbleColumn.LowerHalf * 0x01010101);
            _assembler.vpbroadcastd(LowerHalf, Constant);
        }

        _assembler.Label(ref panel);
        _assembler.mov(Row, __[Call + BytePanelCall.BeforeOffset]);
        _assembler.lea(Factors, __[Call + BytePanelCall.FirstOffset]);
        for (int lane = 0; lane < _lanes; lane++)
        {
            _assembler.vmovups(Totals[lane], __zmmword_ptr[Row + (lane * Line)]);
        }

        _assembler.add(Row, __[Call + BytePanelCall.BeforeStrideOffset]);
        _assembler.mov(__[Call + BytePanelCall.BeforeOffset], Row);

        // The same instructions read all weights, one stream: processors that look ahead do so instruction by instruction.
        _assembler.Label(ref product);
        LoadFactors();
        MultiplyWords();
        AddScaled();
        _assembler.add(Panel, __[Call + BytePanelCall.StrideOffset]);
        _assembler.mov(__[Factors + BytePanelFactors.PanelOffset], Panel);
        _assembler.add(Factors, BytePanelFactors.Size);
        _assembler.cmp(Factors, __[Call + BytePanelCall.EndOffset]);
        _assembler.jb(product);

        _assembler.mov(Row, __[Call + BytePanelCall.COffset]);
        for (int lane = 0; lane < _lanes; lane++)
        {
            _assembler.vmovups(__zmmword_ptr[Row + (lane * Line)], Totals[lane]);
        }

        _assembler.add(Row, _lanes * Line);
        _assembler.mov(__[Call + BytePanelCall.COffset], Row);
        _assembler.dec(__qword_ptr[Call + BytePanelCall.PanelsOffset]);
        _assembler.jnz(panel);
        _assembler.ret();

        using var code = new MemoryStream();
        _assembler.Assemble(new StreamCodeWriter(code), rip: 0);
        return code.ToArray();
    }

    // The row and the weights at their first word, the first sums at what they start from, the others at zero.
    private void LoadFactors()
    {
        _assembler.mov(Panel, __[Factors + BytePanelFactors.PanelOffset]);
        _assembler.mov(Row, __[Factors + BytePanelFactors.TileOffset]);
        _assembler.mov(Words, __[Factors + BytePanelFactors.WordsOffset]);
        _assembler.lea(Weights, __[Panel + ((_isNibbles ? 1 : 2) * Line * _lanes)]);
        for (int lane = 0; lane < _lanes; lane++)
        {
            if (_isNibbles)
            {
                _assembler.vpbroadcastd(Sums[lane], __dword_ptr[Row + sizeof(float)]);
            }
            else
            {
                _assembler.vmovdqu32(Sums[lane], __zmmword_ptr[Panel + (Line * (_lanes + lane))]);
            }
        }

        for (int sum = _lanes; sum < (_isNibbles ? 2 : _sets) * _lanes; sum++)
        {
            _assembler.vpxord(Sums[sum], Sums[sum], Sums[sum]);
        }

        _assembler.add(Row, Line);
    }

    private void MultiplyWords()
    {
        Label loop = _assembler.CreateLabel(), rest = _assembler.CreateLabel(), last = _assembler.CreateLabel(), end = _assembler.CreateLabel();
        if (_sets > 1)
        {
            _assembler.mov(Rounds, Words);
            _assembler.shr(Rounds, (byte)(_sets / 2));
            _assembler.jz(rest);
            _assembler.Label(ref loop);
            for (int set = 0; set < _sets; set++)
            {
                MultiplyWord(set);
            }

            _assembler.add(Weights, _sets * Line * _lanes);
            _assembler.add(Row, _sets * RowBytes);
            _assembler.dec(Rounds);
            _assembler.jnz(loop);

            _assembler.Label(ref rest);
            _assembler.and(Words, _sets - 1);
            _assembler.jz(end);
        }

        _assembler.Label(ref last);
        MultiplyWord(0);
        _assembler.add(Weights, Line * _lanes);
        _assembler.add(Row, RowBytes);
        _assembler.dec(Words);
        _assembler.jnz(last);
        if (_sets > 1)
        {
            _assembler.Label(ref end);
        }
    }

    private void MultiplyWord(int set)
    {
        if (_isNibbles)
        {
            _assembler.vpbroadcastd(Lower, __dword_ptr[Row]);
            _assembler.vpbroadcastd(Upper, __dword_ptr[Row + sizeof(int)]);
            for (int lane = 0; lane < _lanes; lane++)
            {
                _assembler.vmovdqu32(Bytes, __zmmword_ptr[Weights + (Line * lane)]);
                _assembler.vpdpbusd(Sums[lane], Bytes, Upper);
                _assembler.vpandd(Bytes, Bytes, LowerHalf);
                _assembler.vpdpbusd(Sums[_lanes + lane], Bytes, Lower);
            }

            return;
        }

        _assembler.vpbroadcastd(OfRow[set], __dword_ptr[Row + (set * RowBytes)]);
        for (int lane = 0; lane < _lanes; lane++)
        {
            int at = (set * _lanes) + lane;
            _assembler.vpdpbusd(Sums[at], OfRow[set], __zmmword_ptr[Weights + (Line * at)]);
        }
    }

    // total = fma(sum, row scale · column scale, total), as the interpreter rounds it.
    private void AddScaled()
    {
        _assembler.mov(Row, __[Factors + BytePanelFactors.TileOffset]);
        _assembler.vbroadcastss(RowScale, __dword_ptr[Row]);
        for (int lane = 0; lane < _lanes; lane++)
        {
            if (_isNibbles)
            {
                _assembler.vpslld(Sums[_lanes + lane], Sums[_lanes + lane], 4);
                _assembler.vpaddd(Sums[lane], Sums[lane], Sums[_lanes + lane]);
            }

            for (int half = _sets / 2; half > 0; half /= 2)
            {
                for (int set = 0; set < half; set++)
                {
                    int at = (set * _lanes) + lane;
                    _assembler.vpaddd(Sums[at], Sums[at], Sums[at + (half * _lanes)]);
                }
            }

            _assembler.vcvtdq2ps(Sums[lane], Sums[lane]);
            _assembler.vmulps(Factor, RowScale, __zmmword_ptr[Panel + (lane * Line)]);
            _assembler.vfmadd231ps(Totals[lane], Sums[lane], Factor);
        }
    }
}
