namespace Hull.Cpu.Native;

/// <summary>What the generator draws from; what the processor under test does not implement is left out.</summary>
[Flags]
public enum NativeFamilies
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>General-purpose instructions.</summary>
    Integer = 1,

    /// <summary>The escape opcodes.</summary>
    X87 = 2,

    /// <summary>MMX, with its later additions.</summary>
    Mmx = 4,

    /// <summary>SSE to SSE4.2, AES, SHA.</summary>
    Sse = 8,

    /// <summary>The VEX space.</summary>
    Vex = 16,

    /// <summary>Random bytes, one instruction at a time by the trace flag.</summary>
    Bytes = 32,

    /// <summary>Integer instructions in 32-bit code.</summary>
    Compatibility = 64,

    /// <summary>Long cases only, without instructions that load selectors: what campaigns of hundreds of millions found no difference in.</summary>
    Steady = 128,

    /// <summary>16-bit code, and segments that have bases and limits.</summary>
    Segments = 256,

    /// <summary>Sequences that chance does not draw: selectors, far transfers, short repetitions, code that changes itself, XSAVE; and code across pages.</summary>
    Sequences = 512,

    /// <summary>All of them: the interpreter implements them, so a difference is a defect.</summary>
    All = Integer | X87 | Mmx | Sse | Vex | Bytes | Compatibility | Segments | Sequences,
}
