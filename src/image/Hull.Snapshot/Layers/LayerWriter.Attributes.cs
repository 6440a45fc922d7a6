using System.Text;
using Hull.Linux;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Layers;

internal sealed partial class LayerWriter
{
    private void SetAttributes(TarEntry entry, FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < entry.AttributeCount; i++)
        {
            if (Wants(entry.AttributeName(i)))
            {
                Errno error = name.IsEmpty
                    ? FileTree.SetAttribute(parent, entry.AttributeName(i), entry.AttributeValue(i))
                    : FileTree.SetAttribute(parent, name, entry.AttributeName(i), entry.AttributeValue(i));
                CheckAttribute(error, entry, i);
            }
        }
    }

    // Overlay's own attributes redirect directories and share content between files: no archive may bring them.
    private bool Wants(ReadOnlySpan<byte> attribute) =>
        !attribute.StartsWith("trusted.overlay."u8)
        && !attribute.StartsWith("user.overlay."u8)
        && (_privileged || attribute.StartsWith("user."u8));

    private void CheckAttribute(Errno error, TarEntry entry, int index)
    {
        if (error == Errno.None)
        {
            return;
        }

        // Labels of a security module this host does not run, and attributes this file system has no place for, are left
        // out; what changes a program's rights is not.
        ReadOnlySpan<byte> name = entry.AttributeName(index);
        if (error is Errno.OpNotSupp or Errno.Perm or Errno.Inval && !name.SequenceEqual("security.capability"u8))
        {
            Skipped++;
            return;
        }

        throw new HullException(
            LinuxException.KindOf(error),
            $"The attribute '{Encoding.UTF8.GetString(name)}' of '{_path}' cannot be set: {LinuxException.TextOf(error)}.");
    }
}
