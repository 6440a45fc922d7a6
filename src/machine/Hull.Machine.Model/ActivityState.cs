namespace Hull.Machine;

/// <summary>What a processor does between instructions. Source: Intel SDM vol. 3C, 25.4.2, the same numbers.</summary>
public enum ActivityState
{
    /// <summary>Executing.</summary>
    Active,

    /// <summary>HLT.</summary>
    Halted,

    /// <summary>Triple fault.</summary>
    Shutdown,

    /// <summary>INIT received (or not the bootstrap processor): waits for a start-up IPI.</summary>
    WaitForStartup,
}
