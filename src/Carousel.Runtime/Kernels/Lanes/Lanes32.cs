using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Carousel.Runtime.Kernels.Lanes;

/// <summary>Sixteen values one after another, without vectors: what the scalar kernels step with. Every operation rounds once, so the bits are those of the wide bindings.</summary>
internal unsafe struct Lanes32 : ILanes<Lanes32>
{
    private Values _values;

    public static int Width => ILanes<Lanes32>.Count;

    public static Lanes32 Create(float value)
    {
        Lanes32 lanes = default;
        ((Span<float>)lanes._values).Fill(value);
        return lanes;
    }

    public static Lanes32 Broadcast(float* source) => Create(*source);

    public static Lanes32 Convert(Vector256<int> low, Vector256<int> high)
    {
        Lanes32 lanes = default;
        for (int lane = 0; lane < Width; lane++)
        {
            lanes._values[lane] = lane < Width / 2 ? low[lane] : high[lane - (Width / 2)];
        }

        return lanes;
    }

    public static Lanes32 Load(float* source) => Load(source, Width);

    public static Lanes32 Load(float* source, int count)
    {
        Lanes32 lanes = default;
        new ReadOnlySpan<float>(source, count).CopyTo(lanes._values);
        return lanes;
    }

    public readonly void Store(float* destination) => Store(destination, Width);

    public readonly void Store(float* destination, int count) => ((ReadOnlySpan<float>)_values)[..count].CopyTo(new Span<float>(destination, count));

    public static Lanes32 operator +(Lanes32 a, Lanes32 b)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            a._values[lane] += b._values[lane];
        }

        return a;
    }

    public static Lanes32 operator -(Lanes32 a, Lanes32 b)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            a._values[lane] -= b._values[lane];
        }

        return a;
    }

    public static Lanes32 operator *(Lanes32 a, Lanes32 b)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            a._values[lane] *= b._values[lane];
        }

        return a;
    }

    public static Lanes32 operator /(Lanes32 a, Lanes32 b)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            a._values[lane] /= b._values[lane];
        }

        return a;
    }

    public void AddProduct(Lanes32 a, Lanes32 b) => this = MultiplyAdd(a, b, this);

    public static Lanes32 MultiplyAdd(Lanes32 a, Lanes32 b, Lanes32 c)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            c._values[lane] = MathF.FusedMultiplyAdd(a._values[lane], b._values[lane], c._values[lane]);
        }

        return c;
    }

    public static Lanes32 Min(Lanes32 a, Lanes32 b) => WhereLess(a, b, a, b);

    public static Lanes32 Max(Lanes32 a, Lanes32 b) => WhereLess(b, a, a, b);

    public static Lanes32 MaxMagnitude(Lanes32 a, Lanes32 b)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            a._values[lane] = MathF.Max(MathF.Abs(a._values[lane]), MathF.Abs(b._values[lane]));
        }

        return a;
    }

    public static Lanes32 Sqrt(Lanes32 a)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            a._values[lane] = MathF.Sqrt(a._values[lane]);
        }

        return a;
    }

    public static Lanes32 Abs(Lanes32 a)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            a._values[lane] = MathF.Abs(a._values[lane]);
        }

        return a;
    }

    public static Lanes32 CopySign(Lanes32 magnitude, Lanes32 sign)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            magnitude._values[lane] = MathF.CopySign(magnitude._values[lane], sign._values[lane]);
        }

        return magnitude;
    }

    public static Lanes32 WhereLess(Lanes32 a, Lanes32 b, Lanes32 yes, Lanes32 no)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            no._values[lane] = a._values[lane] < b._values[lane] ? yes._values[lane] : no._values[lane];
        }

        return no;
    }

    public static Lanes32 AddToExponent(Lanes32 value, Lanes32 shifted)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            int bits = BitConverter.SingleToInt32Bits(value._values[lane]) + (BitConverter.SingleToInt32Bits(shifted._values[lane]) << 23);
            value._values[lane] = BitConverter.Int32BitsToSingle(bits);
        }

        return value;
    }

    public static Lanes32 LowerHalves(Lanes32 words)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            words._values[lane] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(words._values[lane]) << 16);
        }

        return words;
    }

    public static Lanes32 UpperHalves(Lanes32 words)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            words._values[lane] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(words._values[lane]) & 0xFFFF_0000u);
        }

        return words;
    }

    public static float MaxMagnitude(Lanes32 a)
    {
        float max = 0;
        for (int lane = 0; lane < Width; lane++)
        {
            max = MathF.Max(max, MathF.Abs(a._values[lane]));
        }

        return max;
    }

    public readonly void StoreBytes(byte* destination, int zero)
    {
        for (int lane = 0; lane < Width; lane++)
        {
            destination[lane] = (byte)((int)MathF.Round(_values[lane]) + zero);
        }
    }

    public static float Sum(Lanes32 a)
    {
        for (int half = Width / 2; half > 0; half /= 2)
        {
            for (int lane = 0; lane < half; lane++)
            {
                a._values[lane] += a._values[lane + half];
            }
        }

        return a._values[0];
    }

    [InlineArray(KernelSet.ReductionLanes)]
    private struct Values
    {
        private float _first;
    }
}
