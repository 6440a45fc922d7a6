namespace Hull.Runtime.Container.Systemd;

/// <summary>A call over D-Bus was answered with an error.</summary>
/// <param name="method">What was called.</param>
/// <param name="name">The error's name.</param>
/// <param name="text">What the other side says about it.</param>
internal sealed class BusException(string method, string name, string text)
    : HullException(KindOf(name), $"systemd refused '{method}': {(text.Length > 0 ? text.TrimEnd('.') : name)}.")
{
    private const string Prefix = "org.freedesktop.systemd1.";

    /// <summary>Whether the unit is there already.</summary>
    internal bool IsUnitExists => name == Prefix + "UnitExists";

    /// <summary>Whether there is no such unit, or it is not loaded.</summary>
    internal bool IsNoUnit => name is Prefix + "NoSuchUnit" or Prefix + "UnitNotLoaded";

    private static ErrorKind KindOf(string name) => name switch
    {
        Prefix + "UnitExists" => ErrorKind.AlreadyExists,
        Prefix + "NoSuchUnit" => ErrorKind.NotFound,
        "org.freedesktop.DBus.Error.AccessDenied" or "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" => ErrorKind.PermissionDenied,
        "org.freedesktop.DBus.Error.InvalidArgs" or "org.freedesktop.DBus.Error.PropertyReadOnly" => ErrorKind.InvalidArgument,
        _ => ErrorKind.FailedPrecondition,
    };
}
