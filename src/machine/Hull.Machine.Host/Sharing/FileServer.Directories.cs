using System.Buffers.Binary;
using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <content>Directories.</content>
public sealed partial class FileServer
{
    private const int ModeToType = 12;
    private const int EntryHeaderBytes = 24;
    private const int EntryOutBytes = 128;

    // struct linux_dirent64: inode, offset, record length, type, name.
    private const int NativeOffset = 8;
    private const int NativeLength = 16;
    private const int NativeType = 18;
    private const int NativeName = 19;
    private const int NativeBytes = 32 * 1024;

    private readonly byte[] _entries = new byte[NativeBytes];

    private static int EntryBytes(int nameLength) => (EntryHeaderBytes + nameLength + 7) & ~7;

    private static void WriteDirectoryEntry(
        ref FuseAnswer given, ulong inode, ulong offset, ReadOnlySpan<byte> name, uint type)
    {
        Span<byte> padding = stackalloc byte[8];
        padding.Clear();
        given.Write(inode);
        given.Write(offset);
        given.Write((uint)name.Length);
        given.Write(type);
        given.Write(name);
        given.Write(padding[..(EntryBytes(name.Length) - EntryHeaderBytes - name.Length)]);
    }

    private Errno OpenDirectory(Target target, ref FuseAnswer given)
    {
        if (!target.Node.IsDirectory)
        {
            return Errno.NotDir;
        }

        FileDescriptor? directory = NodeFile.TryOpen(target.Descriptor, HostFile.ReadOnly | HostFile.Directory, out Errno error);
        return directory is null ? error : AnswerOpen(new OpenFile(directory, target.Node), ref given);
    }

    private Errno ReadDirectory(Target target, ref FuseRequest asked, ref FuseAnswer given)
    {
        bool isPlus = asked.Opcode == FuseOpcode.ReadDirectoryPlus;
        ulong handle = asked.ReadUInt64();
        ulong offset = asked.ReadUInt64();
        int room = (int)Math.Min(asked.ReadUInt32(), (uint)given.Room.Length);
        if (_handles.Find(handle) is not { Node.IsDirectory: true } open || open.Node != target.Node)
        {
            return Errno.BadF;
        }

        if (open.Position != offset)
        {
            // Back to a place the guest has been at, or to the start.
            long result = NodeFile.Seek(open.Descriptor, (long)offset, 0);
            if (result < 0)
            {
                return (Errno)(-result);
            }

            open.Position = offset;
        }

        int count = NodeFile.ReadEntries(open.Descriptor, _entries);
        if (count < 0)
        {
            return (Errno)(-count);
        }

        ReadOnlySpan<byte> entries = _entries.AsSpan(0, count);
        while (!entries.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(entries[NativeLength..]);
            if (!TryWriteEntry(target, entries[..length], isPlus, ref room, ref given))
            {
                // The kernel's place is behind what did not fit: the next request seeks back.
                open.Position = ulong.MaxValue;
                return Errno.None;
            }

            open.Position = BinaryPrimitives.ReadUInt64LittleEndian(entries[NativeOffset..]);
            entries = entries[length..];
        }

        return Errno.None;
    }

    private bool TryWriteEntry(Target target, ReadOnlySpan<byte> entry, bool isPlus, ref int room, ref FuseAnswer given)
    {
        ReadOnlySpan<byte> name = entry[NativeName..];
        name = name[..(name.IndexOf((byte)0) + 1)];
        int length = EntryBytes(name.Length - 1) + (isPlus ? EntryOutBytes : 0);
        if (length > room)
        {
            return false;
        }

        room -= length;
        ulong inode = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        if (name.SequenceEqual("..\0"u8) && target.Node.Parent is null)
        {
            // What lies above a shared tree is not the guest's to know.
            inode = RootId;
        }

        if (isPlus && (!IsName(name) || AnswerEntry(target, name, ref given) != Errno.None))
        {
            // No node: the guest asks when it wants to know more.
            given.Write(stackalloc byte[EntryOutBytes]);
        }

        ulong next = BinaryPrimitives.ReadUInt64LittleEndian(entry[NativeOffset..]);
        WriteDirectoryEntry(ref given, inode, next, name[..^1], entry[NativeType]);
        return true;
    }
}
