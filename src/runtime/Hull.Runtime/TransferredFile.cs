namespace Hull.Runtime;

/// <summary>Something that is copied into a task, as far as it decides where it goes.</summary>
/// <param name="Name">What it is called where it comes from.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="IsContent">Whether a directory's content is meant, not the directory.</param>
public sealed record TransferredFile(byte[] Name, bool IsDirectory, bool IsContent);
