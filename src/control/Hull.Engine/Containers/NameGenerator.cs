using System.Security.Cryptography;

namespace Hull.Engine.Containers;

/// <summary>Makes up container names of two words, from the sea and its ships.</summary>
internal static class NameGenerator
{
    private static readonly string[] s_first =
    [
        "able", "agile", "amber", "ancient", "azure", "bold", "brave", "bright", "brisk", "calm", "candid", "clever", "coastal",
        "cobalt", "copper", "crisp", "daring", "deep", "eager", "early", "fair", "fearless", "fleet", "gentle", "golden", "grand",
        "hardy", "honest", "humble", "jolly", "keen", "kind", "lively", "lucky", "merry", "mighty", "nimble", "noble", "northern",
        "patient", "placid", "proud", "quick", "quiet", "ready", "salty", "serene", "sharp", "silver", "sober", "solid", "southern",
        "stable", "steady", "stout", "sturdy", "sunny", "swift", "tidal", "trusty", "upright", "vivid", "western", "wise",
    ];

    private static readonly string[] s_second =
    [
        "anchor", "barge", "bark", "bay", "beacon", "boom", "bosun", "bow", "brig", "buoy", "cabin", "canoe", "cape", "captain",
        "clipper", "compass", "coral", "corvette", "cove", "cutter", "deck", "dinghy", "dock", "dolphin", "ferry", "fjord",
        "frigate", "galleon", "galley", "gull", "harbor", "helm", "inlet", "island", "jetty", "kayak", "keel", "ketch", "lagoon",
        "lantern", "lugger", "mast", "oar", "osprey", "pier", "pilot", "port", "prow", "reef", "rudder", "sail", "schooner",
        "sextant", "skiff", "sloop", "spar", "tern", "tide", "tiller", "trawler", "tug", "voyage", "whale", "yawl",
    ];

    internal static string Next() =>
        $"{s_first[RandomNumberGenerator.GetInt32(s_first.Length)]}_{s_second[RandomNumberGenerator.GetInt32(s_second.Length)]}";
}
