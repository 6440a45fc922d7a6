using System.Text;
using System.Text.Json.Nodes;

namespace Hull.Fuzz;

/// <summary>Seeds from one document: itself, and once for each value in it with that value null, empty, or of another kind.</summary>
internal static class JsonVariants
{
    private static readonly Func<JsonNode?>[] s_others =
        [() => null, () => JsonValue.Create(""), () => JsonValue.Create(-1), () => new JsonArray(), () => new JsonObject(), () => JsonValue.Create("/")];

    internal static IEnumerable<byte[]> Of(string json)
    {
        yield return Encoding.UTF8.GetBytes(json);
        int count = Count(JsonNode.Parse(json));
        for (int place = 0; place < count; place++)
        {
            foreach (Func<JsonNode?> other in s_others)
            {
                JsonNode root = JsonNode.Parse(json)!;
                int left = place;
                Replace(root, ref left, other);
                yield return Encoding.UTF8.GetBytes(root.ToJsonString());
            }
        }
    }

    private static int Count(JsonNode? node) => node switch
    {
        JsonObject members => members.Sum(member => 1 + Count(member.Value)),
        JsonArray items => items.Sum(item => 1 + Count(item)),
        _ => 0,
    };

    private static bool Replace(JsonNode? node, ref int left, Func<JsonNode?> other)
    {
        if (node is JsonObject members)
        {
            foreach (string name in members.Select(member => member.Key).ToArray())
            {
                if (left-- == 0)
                {
                    members[name] = other();
                    return true;
                }

                if (Replace(members[name], ref left, other))
                {
                    return true;
                }
            }
        }
        else if (node is JsonArray items)
        {
            for (int i = 0; i < items.Count; i++)
            {
                if (left-- == 0)
                {
                    items[i] = other();
                    return true;
                }

                if (Replace(items[i], ref left, other))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
