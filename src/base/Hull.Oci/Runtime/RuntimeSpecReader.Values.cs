using System.Text;
using System.Text.Json;

namespace Hull.Oci.Runtime;

/// <content>Tokens to values.</content>
public static partial class RuntimeSpecReader
{
    private delegate T Reader<T>(ref Utf8JsonReader json);

    private static Utf8JsonReader Begin(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        return reader.Read() && reader.TokenType == JsonTokenType.StartObject
            ? reader
            : throw new JsonException("an object was expected at the start");
    }

    private static T Guarded<T>(ref Utf8JsonReader json, Reader<T> read)
    {
        try
        {
            T result = read(ref json);
            return json.Read() ? throw new JsonException("nothing may follow the object") : result;
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            throw new JsonException($"a value before byte {json.BytesConsumed} has the wrong type or range", error);
        }
    }

    private static void Enter(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"an object was expected before byte {json.BytesConsumed}");
        }
    }

    private static bool IsNull(ref Utf8JsonReader json) => json.TokenType == JsonTokenType.Null;

    /// <summary>Moves to the next member's name; at the end of the object answers false.</summary>
    private static bool NextMember(ref Utf8JsonReader json)
    {
        _ = json.Read();
        return json.TokenType switch
        {
            JsonTokenType.PropertyName => true,
            JsonTokenType.EndObject => false,
            _ => throw new JsonException($"an object was expected before byte {json.BytesConsumed}"),
        };
    }

    /// <summary>If the member has this name, moves to its value.</summary>
    // Runtimes written in Go read names in any case, and configurations made for them use it: 'pagesize', 'pageSize'.
    private static bool Take(ref Utf8JsonReader json, ReadOnlySpan<byte> name) =>
        (json.ValueTextEquals(name) || (!json.HasValueSequence && Ascii.EqualsIgnoreCase(json.ValueSpan, name))) && json.Read();

    private static void Ignore(ref Utf8JsonReader json)
    {
        _ = json.Read();
        json.Skip();
    }

    private static string Text(ref Utf8JsonReader json) => json.GetString() ?? "";

    private static bool Flag(ref Utf8JsonReader json) => !IsNull(ref json) && json.GetBoolean();

    private static int Int32(ref Utf8JsonReader json) => IsNull(ref json) ? 0 : json.GetInt32();

    private static uint UInt32(ref Utf8JsonReader json) => IsNull(ref json) ? 0 : json.GetUInt32();

    private static long Int64(ref Utf8JsonReader json) => IsNull(ref json) ? 0 : json.GetInt64();

    private static ulong UInt64(ref Utf8JsonReader json) => IsNull(ref json) ? 0 : json.GetUInt64();

    private static ushort UInt16(ref Utf8JsonReader json) => IsNull(ref json) ? (ushort)0 : json.GetUInt16();

    /// <summary>Begins a list; answers false for null.</summary>
    private static bool BeginList(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw new JsonException($"a list was expected before byte {json.BytesConsumed}"),
    };

    private static List<string>? TextList(ref Utf8JsonReader json)
    {
        if (!BeginList(ref json))
        {
            return null;
        }

        List<string> list = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            list.Add(Text(ref json));
        }

        return list;
    }

    private static uint[]? NumberList(ref Utf8JsonReader json)
    {
        if (!BeginList(ref json))
        {
            return null;
        }

        uint[] list = new uint[4];
        int count = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (count == list.Length)
            {
                Array.Resize(ref list, count * 2);
            }

            list[count++] = json.GetUInt32();
        }

        Array.Resize(ref list, count);
        return list;
    }

    private static List<T>? List<T>(ref Utf8JsonReader json, Reader<T> read)
        where T : class
    {
        if (!BeginList(ref json))
        {
            return null;
        }

        List<T> list = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            list.Add(read(ref json));
        }

        return list;
    }

    private static Dictionary<string, string>? TextMap(ref Utf8JsonReader json)
    {
        if (IsNull(ref json))
        {
            return null;
        }

        Dictionary<string, string> map = new(StringComparer.Ordinal);
        Enter(ref json);
        while (NextMember(ref json))
        {
            string key = Text(ref json);
            _ = json.Read();
            map[key] = Text(ref json);
        }

        return map;
    }

    private static Dictionary<string, T>? Map<T>(ref Utf8JsonReader json, Reader<T> read)
        where T : class
    {
        if (IsNull(ref json))
        {
            return null;
        }

        Dictionary<string, T> map = new(StringComparer.Ordinal);
        Enter(ref json);
        while (NextMember(ref json))
        {
            string key = Text(ref json);
            _ = json.Read();
            map[key] = read(ref json);
        }

        return map;
    }
}
