namespace Carousel.Runtime.Models;

/// <summary>The kind of number a stored tensor holds, by the names of the safetensors format.</summary>
public enum ElementType
{
    /// <summary>64-bit IEEE 754.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,

    /// <summary>32-bit IEEE 754.</summary>
    F32,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>16-bit IEEE 754.</summary>
    F16,

    /// <summary>The upper half of a 32-bit IEEE 754 number.</summary>
    BF16,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>Sizes and spellings of the element types.</summary>
internal static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 or ElementType.U64 => 8,
        ElementType.F32 or ElementType.I32 or ElementType.U32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => 2,
        _ => 1,
    };

    /// <summary>True for the types that can hold NaN and infinity.</summary>
    public static bool IsFloat(this ElementType type) => type is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16;

    /// <summary>The spelling in a file: <c>F32</c>, <c>BOOL</c>.</summary>
    public static string Spelling(this ElementType type) => Spellings[(int)type];

    /// <summary>All spellings, in the order of the enumeration.</summary>
    public static string[] Spellings { get; } = ["F64", "I64", "U64", "F32", "I32", "U32", "F16", "BF16", "I16", "U16", "I8", "U8", "BOOL"];
}
