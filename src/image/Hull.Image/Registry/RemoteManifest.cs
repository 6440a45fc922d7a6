namespace Hull.Image;

/// <summary>A manifest or index as a registry sent it.</summary>
/// <param name="MediaType">What it is; see <see cref="Oci.Image.MediaTypes"/>.</param>
/// <param name="Digest">Digest of the bytes, computed here.</param>
/// <param name="Content">The bytes, exactly as they came: their digest is the image's name.</param>
public sealed record RemoteManifest(string MediaType, Digest Digest, byte[] Content);
