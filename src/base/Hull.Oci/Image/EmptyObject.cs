namespace Hull.Oci.Image;

/// <summary>The value <c>{}</c> of a JSON map that is used as a set, such as exposed ports and volumes.</summary>
public sealed record EmptyObject
{
    /// <summary>The one value there is.</summary>
    public static EmptyObject Instance { get; } = new();
}
