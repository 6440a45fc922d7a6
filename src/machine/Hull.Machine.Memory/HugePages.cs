namespace Hull.Machine.Memory;

/// <summary>How guest RAM is backed.</summary>
public enum HugePages
{
    /// <summary>Small pages.</summary>
    Never,

    /// <summary>Transparent huge pages where the host has them.</summary>
    Prefer,

    /// <summary>Only explicit huge pages; creating the memory fails when the host's pool is too small.</summary>
    Require,
}
