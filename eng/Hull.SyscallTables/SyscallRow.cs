namespace Hull.Eng.SyscallTables;

/// <summary>One system call: its name and its number in each architecture, -1 where it does not exist.</summary>
internal sealed record SyscallRow(string Name, int[] Numbers)
{
    /// <summary>The columns, in order.</summary>
    internal static readonly string[] Architectures = ["x64", "x86", "x32", "arm64"];
}
