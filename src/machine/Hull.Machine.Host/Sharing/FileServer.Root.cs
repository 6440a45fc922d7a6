using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <content>The made-up root: one entry for each tree.</content>
public sealed partial class FileServer
{
    private const uint RootMode = NodeStatus.Directory | 0x16D;

    private static ReadOnlySpan<byte> NoEntry => new byte[EntryOutBytes];

    private Errno AnswerForRoot(ref FuseRequest asked, ref FuseAnswer given)
    {
        switch (asked.Opcode)
        {
            case FuseOpcode.GetAttributes:
                WriteLifetime(ref given, RememberedSeconds);
                given.Write(0u);
                WriteAttributes(ref given, RootStatus());
                return Errno.None;
            case FuseOpcode.Lookup:
                return LookupRoot(asked.ReadText(), ref given);
            case FuseOpcode.OpenDirectory:
                given.Write(0ul);
                given.Write(0ul);
                return Errno.None;
            case FuseOpcode.ReadDirectory or FuseOpcode.ReadDirectoryPlus:
                return ReadRoot(ref asked, ref given);
            case FuseOpcode.StatFs when _roots.Count > 0:
                return StatFs(new Target(_roots[0], _roots[0].Tree.Root), ref given);
            case FuseOpcode.ReleaseDirectory or FuseOpcode.FSyncDirectory:
                return Errno.None;
            case FuseOpcode.SyncFs:
                return SyncTrees();
            case FuseOpcode.Access:
                return Errno.NoSys;
            case FuseOpcode.GetExtended or FuseOpcode.ListExtended or FuseOpcode.SetExtended or FuseOpcode.RemoveExtended:
                return Errno.OpNotSupp;
            default:
                return Errno.RoFs;
        }
    }

    // What sync(2) of a guest asks for: all that was written.
    private Errno SyncTrees()
    {
        Errno result = Errno.None;
        foreach (SharedNode root in _roots)
        {
            Errno error = SyncFs(new Target(root, root.Tree.Root));
            result = result == Errno.None ? error : result;
        }

        return result;
    }

    private Errno LookupRoot(ReadOnlySpan<byte> name, ref FuseAnswer given)
    {
        foreach (SharedNode root in _roots)
        {
            if (!name.IsEmpty && name[..^1].SequenceEqual(System.Text.Encoding.UTF8.GetBytes(root.Tree.Name)))
            {
                Errno error = NodeFile.Status(root.Tree.Root, out NodeStatus status);
                if (error == Errno.None)
                {
                    WriteEntry(ref given, root, in status);
                }

                return error;
            }
        }

        return Errno.NoEnt;
    }

    // Itself, what is above it, and the trees.
    private Errno ReadRoot(ref FuseRequest asked, ref FuseAnswer given)
    {
        bool isPlus = asked.Opcode == FuseOpcode.ReadDirectoryPlus;
        _ = asked.ReadUInt64();
        ulong offset = asked.ReadUInt64();
        int room = (int)Math.Min(asked.ReadUInt32(), (uint)given.Room.Length);
        for (ulong i = offset; i < (ulong)_roots.Count + 2; i++)
        {
            SharedNode? tree = i < 2 ? null : _roots[(int)i - 2];
            byte[] name = tree is null ? [.. ".."u8[..((int)i + 1)]] : System.Text.Encoding.UTF8.GetBytes(tree.Tree.Name);
            int length = EntryBytes(name.Length) + (isPlus ? EntryOutBytes : 0);
            if (length > room)
            {
                break;
            }

            room -= length;
            if (isPlus)
            {
                // No node: the guest asks when it wants to know more.
                given.Write(NoEntry);
            }

            WriteDirectoryEntry(ref given, tree?.Id ?? RootId, i + 1, name, (tree?.Mode ?? RootMode) >> ModeToType);
        }

        return Errno.None;
    }

    private NodeStatus RootStatus() => new()
    {
        Mode = RootMode,
        Links = (uint)_roots.Count + 2,
        Inode = RootId,
        BlockSize = 4096,
    };
}
