namespace Hull.Runtime.MicroVm;

/// <summary>What a stream is to its process; one byte in the protocol.</summary>
public enum StreamRole : byte
{
    /// <summary>Nothing; never sent.</summary>
    None = 0,

    /// <summary>Standard input.</summary>
    Input = 1,

    /// <summary>Standard output.</summary>
    Output = 2,

    /// <summary>Standard error.</summary>
    Error = 3,

    /// <summary>A terminal, both ways.</summary>
    Terminal = 4,
}
