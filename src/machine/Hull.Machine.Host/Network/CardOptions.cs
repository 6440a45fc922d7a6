using System.Security.Cryptography;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Network;

/// <summary>A machine's network card, as <c>--net</c> says it.</summary>
public sealed record CardOptions
{
    private const byte Group = 1;
    private const byte LocallyAdministered = 2;

    /// <summary>The tap's name.</summary>
    public required string Tap { get; init; }

    /// <summary>The card's address, twelve hexadecimal digits.</summary>
    public required string Address { get; init; }

    /// <summary>Most bytes a second in each direction; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Reads <c>tap=NAME[,mac=ADDRESS][,rate=BYTES]</c>; without an address it gets one of its own.</summary>
    /// <exception cref="HullException">An option is unknown or its value cannot be.</exception>
    public static CardOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        CardOptions card = new() { Tap = "", Address = RandomAddress() };
        foreach (string word in text.Split(','))
        {
            string[] pair = word.Split('=', 2);
            card = (pair[0], pair.Length == 2 ? pair[1] : "") switch
            {
                ("tap", { Length: > 0 and < 16 } name) => card with { Tap = name },
                ("mac", { } address) => card with { Address = ReadAddress(text, address) },
                ("rate", { } rate) => card with { BytesPerSecond = ByteSize.Parse(rate).Bytes },
                _ => throw Invalid(text, $"has the unknown or empty option '{word}'"),
            };
        }

        return card.Tap.Length > 0 ? card : throw Invalid(text, "names no tap: give it tap=NAME");
    }

    /// <summary>The same, with the address written out, as <see cref="Parse"/> reads it.</summary>
    public override string ToString() =>
        $"tap={Tap},mac={string.Join(':', Address.Chunk(2).Select(pair => new string(pair)))}{(BytesPerSecond > 0 ? $",rate={BytesPerSecond}" : "")}";

    private static string ReadAddress(string text, string address)
    {
        string digits = address.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        bool isAddress = digits.Length == 2 * NetworkOptions.AddressBytes && digits.All(char.IsAsciiHexDigit)
            && (Convert.FromHexString(digits)[0] & Group) == 0;
        return isAddress ? digits : throw Invalid(text, $"has '{address}', which is no card's address");
    }

    private static string RandomAddress()
    {
        byte[] address = RandomNumberGenerator.GetBytes(NetworkOptions.AddressBytes);
        address[0] = (byte)((address[0] & ~Group) | LocallyAdministered);
        return Convert.ToHexStringLower(address);
    }

    private static HullException Invalid(string text, string what) =>
        new(ErrorKind.InvalidArgument, $"The network card '{text}' {what} (--net).");
}
