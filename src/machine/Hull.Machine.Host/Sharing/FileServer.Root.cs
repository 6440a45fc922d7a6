using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <content>The made-up root: one entry for each tree.</content>
public sealed partial class FileServer
{
    private const uint RootMode = NodeStatus.Directory | 0x16D;

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
            case FuseOpcode.ReadDirectory:
                return ReadRoot(ref asked, ref given);
            case FuseOpcode.StatFs when _roots.Count > 0:
                return StatFs(new Target(_roots[0], _roots[0].Tree.Root), ref given);
            case FuseOpcode.ReleaseDirectory or FuseOpcode.FSyncDirectory or FuseOpcode.SyncFs:
                return Errno.None;
            case FuseOpcode.ReadDirectoryPlus or FuseOpcode.Access:
                return Errno.NoSys;
            case FuseOpcode.GetExtended or FuseOpcode.ListExtended or FuseOpcode.SetExtended or FuseOpcode.RemoveExtended:
                return Errno.OpNotSupp;
            default:
                return Errno.RoFs;
        }
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

    private Errno ReadRoot(ref FuseRequest asked, ref FuseAnswer given)
    {
        _ = asked.ReadUInt64();
        ulong offset = asked.ReadUInt64();
        int room = (int)Math.Min(asked.ReadUInt32(), (uint)given.Room.Length);
        for (ulong i = offset; i < (ulong)_roots.Count; i++)
        {
            SharedNode root = _roots[(int)i];
            byte[] name = System.Text.Encoding.UTF8.GetBytes(root.Tree.Name);
            int length = EntryBytes(name.Length);
            if (length > room)
            {
                break;
            }

            room -= length;
            WriteDirectoryEntry(ref given, root.Id, i + 1, name, root.Mode >> ModeToType);
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
