using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Hull.Linux;

namespace Hull.Snapshot.Tests;

/// <summary>Everything observable about a tree as lines, so that two trees compare as text.</summary>
internal static class TreeListing
{
    internal static string Of(string directory, bool owners = true)
    {
        using FileDescriptor root = FileTree.OpenRoot(directory);
        StringBuilder lines = new();
        Dictionary<ulong, string> links = [];
        Append(root, "", lines, links, owners);
        return lines.ToString();
    }

    private static void Append(
        FileDescriptor directory, string path, StringBuilder lines, Dictionary<ulong, string> links, bool owners)
    {
        foreach (byte[] name in FileTree.Names(directory))
        {
            Assert.Equal(Errno.None, FileTree.Status(directory, name, out FileStatus status));
            string child = $"{path}/{Encoding.Latin1.GetString(name)}";
            lines.Append(CultureInfo.InvariantCulture, $"{child} {Convert.ToString(status.Mode, 8)}");
            if (owners)
            {
                lines.Append(CultureInfo.InvariantCulture, $" {status.Uid}:{status.Gid}");
            }

            lines.Append(CultureInfo.InvariantCulture, $" {status.Modified.Seconds}.{status.Modified.Nanoseconds:D9}");
            foreach (byte[] attribute in FileTree.AttributeNames(directory, name))
            {
                Assert.Equal(Errno.None, FileTree.ReadAttribute(directory, name, attribute, out byte[] value));
                lines.Append(CultureInfo.InvariantCulture, $" {Encoding.Latin1.GetString(attribute)}={Convert.ToHexString(value)}");
            }

            if (status.Type != FileStatus.Directory && status.Links > 1 && !links.TryAdd(status.Inode, child))
            {
                lines.Append(CultureInfo.InvariantCulture, $" same as {links[status.Inode]}");
            }

            AppendContent(directory, name, in status, lines);
            lines.Append('\n');
            if (status.Type == FileStatus.Directory)
            {
                Assert.Equal(Errno.None, FileTree.OpenDirectoryName(directory, name, out FileDescriptor? open));
                using (open)
                {
                    Append(open!, child, lines, links, owners);
                }
            }
        }
    }

    private static void AppendContent(FileDescriptor directory, byte[] name, in FileStatus status, StringBuilder lines)
    {
        if (status.Type == FileStatus.SymbolicLink)
        {
            Assert.Equal(Errno.None, FileTree.ReadLink(directory, name, out byte[] target));
            lines.Append(CultureInfo.InvariantCulture, $" -> {Encoding.Latin1.GetString(target)}");
        }
        else if (status.Type is FileStatus.CharacterDevice or FileStatus.BlockDevice)
        {
            lines.Append(CultureInfo.InvariantCulture, $" {status.DeviceMajor}:{status.DeviceMinor}");
        }
        else if (status.Type == FileStatus.Regular)
        {
            Assert.Equal(Errno.None, FileTree.OpenName(directory, name, out FileDescriptor? file));
            using (file)
            using (IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
            {
                byte[] buffer = new byte[1 << 20];
                long offset = 0;
                int length;
                while ((length = FileTree.ReadAt(file!, buffer, offset)) > 0)
                {
                    hash.AppendData(buffer, 0, length);
                    offset += length;
                }

                lines.Append(CultureInfo.InvariantCulture, $" {status.Size} {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}");
            }
        }
    }
}
