using System.Globalization;
using Hull.Engine.Settings;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <summary>Reads <c>--log-driver</c> and <c>--log-opt</c>.</summary>
internal static class LogOptions
{
    internal static LogOrders OrdersOf(ContainerSettings settings, string path)
    {
        if (settings.LogDriver is not ("json-file" or "local" or "none"))
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"The log driver '{settings.LogDriver}' is not supported: use json-file or none.");
        }

        long maxBytes = 0;
        int maxFiles = 1;
        foreach ((string name, string value) in settings.LogOptions)
        {
            switch (name)
            {
                case "max-size":
                    maxBytes = value == "-1" ? 0 : ByteSize.Parse(value).Bytes;
                    break;
                case "max-file":
                    maxFiles = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
                        ? count
                        : throw new HullException(ErrorKind.InvalidArgument, $"The log option 'max-file={value}' is not a number above 0.");
                    break;
                default:
                    throw new HullException(ErrorKind.InvalidArgument, $"The log option '{name}' is not known: use max-size and max-file.");
            }
        }

        return settings.LogDriver == "none" ? new LogOrders() : new LogOrders { Path = path, MaxBytes = maxBytes, MaxFiles = maxFiles };
    }
}
