namespace Hull.Runtime.Container.Seccomp;

/// <summary>Names and numbers of system calls, as static data: nothing is built at start-up.</summary>
internal static partial class SyscallTable
{
    private const int LongestName = 48;

    /// <summary>The place of a name in the table, or -1: this build has never heard of it.</summary>
    internal static int Find(ReadOnlySpan<char> name)
    {
        Span<byte> bytes = stackalloc byte[LongestName];
        if (name.Length > LongestName)
        {
            return -1;
        }

        for (int i = 0; i < name.Length; i++)
        {
            bytes[i] = name[i] < 0x80 ? (byte)name[i] : (byte)0;
        }

        bytes = bytes[..name.Length];
        int low = 0;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = bytes.SequenceCompareTo(NameAt(middle));
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return -1;
    }

    /// <summary>The name at a place.</summary>
    internal static ReadOnlySpan<byte> NameAt(int place) => Names[(place == 0 ? 0 : NameEnds[place - 1])..NameEnds[place]];

    /// <summary>Indexed by number: the place of the call's name plus one; 0 where the number means nothing.</summary>
    internal static ReadOnlySpan<ushort> ByNumber(SeccompArchitecture architecture) => architecture switch
    {
        SeccompArchitecture.X64 => X64,
        SeccompArchitecture.X86 => X86,
        SeccompArchitecture.X32 => X32,
        _ => Arm64,
    };
}
