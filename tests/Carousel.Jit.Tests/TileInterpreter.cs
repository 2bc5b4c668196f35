using System.Buffers.Binary;
using Iced.Intel;

namespace Carousel.Jit.Tests;

/// <summary>
/// Runs emitted AMX code on machines without AMX, one instruction at a time: the few integer instructions that it uses, and the tile instructions as the manual describes
/// them (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2). What the processor would refuse, and memory that nobody has shown, is an error.
/// </summary>
internal sealed unsafe class TileInterpreter
{
    private const int MostInstructions = 50_000_000, StackWords = 64, TileBytes = 1024;

    private static readonly Register[] CalleeSaved = [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15];

    private readonly byte[] _code;
    private readonly Dictionary<ulong, Instruction> _instructions = [];
    private readonly List<(nint Start, long Length)> _memory = [];
    private readonly Dictionary<Register, ulong> _registers = [];
    private readonly Stack<ulong> _stack = new();
    private readonly byte[][] _tiles = [.. Enumerable.Range(0, 8).Select(_ => new byte[TileBytes])];
    private (int Rows, int RowBytes)[]? _shapes;
    private bool _zero, _carry;

    /// <summary>Decodes the code.</summary>
    public TileInterpreter(byte[] code)
    {
        _code = code;
        var decoder = Decoder.Create(64, code);
        for (bool isCode = true; isCode && decoder.IP < (ulong)code.Length;)
        {
            Instruction instruction = decoder.Decode();
            _instructions[instruction.IP] = instruction;
            isCode = instruction.Mnemonic != Mnemonic.Ret;
        }
    }

    /// <summary>Tile products done so far.</summary>
    public long Products { get; private set; }

    /// <summary>Takes all memory away.</summary>
    public void Forget() => _memory.Clear();

    /// <summary>Memory that the code may touch.</summary>
    public void Show(void* start, long length) => _memory.Add(((nint)start, length));

    /// <summary>Calls the code.</summary>
    /// <param name="argument">The first argument.</param>
    public void Call(void* argument)
    {
        for (Register register = Register.RAX; register <= Register.R15; register++)
        {
            _registers[register] = 0xDEAD_0000_0000_0000 + (ulong)register;
        }

        Dictionary<Register, ulong> before = new(_registers);
        _registers[OperatingSystem.IsWindows() ? Register.RCX : Register.RDI] = (ulong)argument;
        _stack.Clear();
        ulong at = 0;
        for (int count = 0; count < MostInstructions; count++)
        {
            Assert.True(_instructions.TryGetValue(at, out Instruction instruction), $"no instruction starts at {at:X}");
            if (instruction.Mnemonic == Mnemonic.Ret)
            {
                Assert.Empty(_stack);
                Assert.Null(_shapes);
                Assert.All(CalleeSaved, register => Assert.Equal(before[register], _registers[register]));
                return;
            }

            at = Execute(instruction) ?? instruction.NextIP;
        }

        Assert.Fail("the code does not end");
    }

    // The address of the next instruction, or null for the one that follows.
    private ulong? Execute(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Push:
                Assert.True(_stack.Count < StackWords);
                _stack.Push(_registers[instruction.Op0Register]);
                break;
            case Mnemonic.Pop: _registers[instruction.Op0Register] = _stack.Pop(); break;
            case Mnemonic.Mov: _registers[instruction.Op0Register] = Value(instruction); break;
            case Mnemonic.Lea: _registers[instruction.Op0Register] = Address(instruction); break;
            case Mnemonic.Shl: _registers[instruction.Op0Register] <<= instruction.Immediate8; break;
            case Mnemonic.Add: _registers[instruction.Op0Register] = Flags(_registers[instruction.Op0Register] + Value(instruction)); break;
            case Mnemonic.Sub: _registers[instruction.Op0Register] = Flags(_registers[instruction.Op0Register] - Value(instruction)); break;
            case Mnemonic.Dec: _registers[instruction.Op0Register] = Flags(_registers[instruction.Op0Register] - 1); break;
            case Mnemonic.Test: Flags(_registers[instruction.Op0Register] & _registers[instruction.Op1Register]); break;
            case Mnemonic.Cmp:
                _carry = _registers[instruction.Op0Register] < Value(instruction);
                Flags(_registers[instruction.Op0Register] - Value(instruction));
                break;
            case Mnemonic.Jmp: return instruction.NearBranchTarget;
            case Mnemonic.Je: return _zero ? instruction.NearBranchTarget : null;
            case Mnemonic.Jne: return _zero ? null : instruction.NearBranchTarget;
            case Mnemonic.Jb: return _carry ? instruction.NearBranchTarget : null;
            case Mnemonic.Jae: return _carry ? null : instruction.NearBranchTarget;
            case Mnemonic.Ldtilecfg: Configure(_code.AsSpan((int)instruction.MemoryDisplacement64, 64)); break;
            case Mnemonic.Tilerelease: _shapes = null; break;
            case Mnemonic.Tilezero: Array.Clear(_tiles[Tile(instruction.Op0Register)]); break;
            case Mnemonic.Tileloadd: Move(instruction, Tile(instruction.Op0Register), isLoad: true); break;
            case Mnemonic.Tilestored: Move(instruction, Tile(instruction.Op1Register), isLoad: false); break;
            case Mnemonic.Tdpbf16ps: Multiply(Tile(instruction.Op0Register), Tile(instruction.Op1Register), Tile(instruction.Op2Register)); break;
            default: Assert.Fail($"{instruction} is not known here"); break;
        }

        return null;
    }

    private ulong Flags(ulong result)
    {
        _zero = result == 0;
        return result;
    }

    private ulong Value(in Instruction instruction) => instruction.Op1Kind switch
    {
        OpKind.Register => _registers[instruction.Op1Register],
        OpKind.Memory => *(ulong*)Checked(Address(instruction), sizeof(ulong)),
        _ => instruction.GetImmediate(1),
    };

    private ulong Address(in Instruction instruction)
    {
        ulong index = instruction.MemoryIndex == Register.None ? 0 : _registers[instruction.MemoryIndex] * (ulong)instruction.MemoryIndexScale;
        return _registers[instruction.MemoryBase] + index + instruction.MemoryDisplacement64;
    }

    private nint Checked(ulong address, int length)
    {
        nint start = (nint)address;
        Assert.True(_memory.Exists(part => start >= part.Start && start + length <= part.Start + part.Length), $"{length} bytes at {address:X} are not the code's to touch");
        return start;
    }

    private int Tile(Register register)
    {
        Assert.NotNull(_shapes);
        return register - Register.TMM0;
    }

    // Palette 1: eight tiles of at most 16 rows of 64 bytes; all other bytes are zero.
    private void Configure(ReadOnlySpan<byte> configuration)
    {
        Assert.Equal(1, configuration[0]);
        Assert.Equal(0, configuration[1]);
        Assert.False(configuration[2..16].ContainsAnyExcept((byte)0) || configuration[32..48].ContainsAnyExcept((byte)0) || configuration[56..].ContainsAnyExcept((byte)0));
        _shapes = new (int, int)[8];
        for (int tile = 0; tile < 8; tile++)
        {
            _shapes[tile] = (configuration[48 + tile], BinaryPrimitives.ReadUInt16LittleEndian(configuration[(16 + (2 * tile))..]));
            Assert.InRange(_shapes[tile].Rows, 1, 16);
            Assert.InRange(_shapes[tile].RowBytes, 1, 64);
            Array.Clear(_tiles[tile]);
        }
    }

    // The index register holds the bytes from one row to the next.
    private void Move(in Instruction instruction, int tile, bool isLoad)
    {
        Assert.Equal(1, instruction.MemoryIndexScale);
        ulong stride = _registers[instruction.MemoryIndex], start = _registers[instruction.MemoryBase] + instruction.MemoryDisplacement64;
        (int rows, int rowBytes) = _shapes![tile];
        for (int row = 0; row < rows; row++)
        {
            var memory = new Span<byte>((void*)Checked(start + ((ulong)row * stride), rowBytes), rowBytes);
            Span<byte> line = _tiles[tile].AsSpan(row * 64, rowBytes);
            if (isLoad)
            {
                memory.CopyTo(line);
            }
            else
            {
                line.CopyTo(memory);
            }
        }
    }

    // The even products of a row and column are summed, and the odd ones, and both are added to what is there.
    private void Multiply(int sums, int left, int right)
    {
        (int rows, int rowBytes) = _shapes![sums];
        Assert.True(sums != left && sums != right && left != right, "the tiles of a product are three different ones");
        Assert.Equal((rows, _shapes[right].RowBytes), (_shapes[left].Rows, rowBytes));
        Assert.Equal(_shapes[left].RowBytes, 4 * _shapes[right].Rows);
        Products++;
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < rowBytes / 4; column++)
            {
                float even = 0, odd = 0;
                for (int pair = 0; pair < _shapes[right].Rows; pair++)
                {
                    uint a = Word(left, row, pair), b = Word(right, pair, column);
                    even = MathF.FusedMultiplyAdd(Low(a), Low(b), even);
                    odd = MathF.FusedMultiplyAdd(High(a), High(b), odd);
                }

                Span<byte> sum = _tiles[sums].AsSpan((row * 64) + (column * 4), 4);
                BinaryPrimitives.WriteSingleLittleEndian(sum, BinaryPrimitives.ReadSingleLittleEndian(sum) + (even + odd));
            }
        }
    }

    private uint Word(int tile, int row, int word) => BinaryPrimitives.ReadUInt32LittleEndian(_tiles[tile].AsSpan((row * 64) + (word * 4)));

    private static float Low(uint pair) => BitConverter.UInt32BitsToSingle(pair << 16);

    private static float High(uint pair) => BitConverter.UInt32BitsToSingle(pair & 0xFFFF_0000);
}
