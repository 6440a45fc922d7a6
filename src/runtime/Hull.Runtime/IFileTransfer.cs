namespace Hull.Runtime;

/// <summary>A task whose files the host does not see: they pass as archives.</summary>
public interface IFileTransfer
{
    /// <summary>Reads a file or directory as an uncompressed archive.</summary>
    /// <param name="path">Where it is, from the container's root.</param>
    /// <param name="followsLink">Whether a symbolic link stands for what it leads to.</param>
    /// <param name="target">Gets the archive, the task's word for it: not to be trusted.</param>
    /// <exception cref="HullException">It cannot be read; the target may have a part.</exception>
    void ReadFiles(string path, bool followsLink, Stream target);

    /// <summary>Makes the files of an archive in the container.</summary>
    /// <param name="path">Where to, from the container's root.</param>
    /// <param name="arrival">What comes; null for an archive whose entries go into the directory as they are.</param>
    /// <param name="write">Writes the archive, uncompressed; told what the arrival's entry is to be called.</param>
    /// <exception cref="HullException">It cannot be written; what was made stays.</exception>
    void WriteFiles(string path, TransferredFile? arrival, Action<byte[], Stream> write);
}
