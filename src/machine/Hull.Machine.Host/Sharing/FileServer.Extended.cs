using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <content>Extended attributes.</content>
public sealed partial class FileServer
{
    private const int MaxAttributeBytes = 64 * 1024;

    // The host's overlay keeps its own notes here; a guest that wrote them could make layers show other files.
    private static bool IsAllowed(ReadOnlySpan<byte> name) =>
        name.Length > 1 && !name.StartsWith("trusted.overlay."u8) && !name.StartsWith("user.overlay."u8);

    private static Errno SetExtended(Target target, ref FuseRequest asked)
    {
        uint size = asked.ReadUInt32();
        uint flags = asked.ReadUInt32();
        ReadOnlySpan<byte> name = asked.ReadText();
        if (size > MaxAttributeBytes)
        {
            return Errno.TooBig;
        }

        ReadOnlySpan<byte> value = asked.Take((int)size);
        return asked.IsShort ? Errno.Inval
            : target.Tree.ReadOnly ? Errno.RoFs
            : !IsAllowed(name) ? Errno.Perm
            : NodeFile.SetAttribute(target.Descriptor, name, value, (int)flags);
    }

    private static Errno GetExtended(Target target, ref FuseRequest asked, ref FuseAnswer given)
    {
        uint size = asked.ReadUInt32();
        _ = asked.ReadUInt32();
        ReadOnlySpan<byte> name = asked.ReadText();
        if (!IsAllowed(name))
        {
            return Errno.NoData;
        }

        Span<byte> room = given.Room;
        room = room[..(int)Math.Min(Math.Min(size, MaxAttributeBytes), (uint)room.Length)];
        return AnswerSized(NodeFile.GetAttribute(target.Descriptor, name, room), size, ref given);
    }

    private static Errno ListExtended(Target target, ref FuseRequest asked, ref FuseAnswer given)
    {
        uint size = asked.ReadUInt32();
        Span<byte> room = given.Room;
        room = room[..(int)Math.Min(Math.Min(size, MaxAttributeBytes), (uint)room.Length)];
        return AnswerSized(NodeFile.ListAttributes(target.Descriptor, room), size, ref given);
    }

    private static Errno RemoveExtended(Target target, ref FuseRequest asked)
    {
        ReadOnlySpan<byte> name = asked.ReadText();
        return target.Tree.ReadOnly ? Errno.RoFs
            : !IsAllowed(name) ? Errno.NoData
            : NodeFile.RemoveAttribute(target.Descriptor, name);
    }

    // Asked with size 0, the answer is the size there is.
    private static Errno AnswerSized(int count, uint size, ref FuseAnswer given)
    {
        if (count < 0)
        {
            return (Errno)(-count);
        }

        if (size != 0 && given.Room.IsEmpty)
        {
            // The guest has room for no value at all: the count is the size there is, and nothing was read.
            return Errno.Range;
        }

        if (size == 0)
        {
            given.Write((uint)count);
            given.Write(0u);
        }
        else
        {
            given.Advance(count);
        }

        return Errno.None;
    }
}
