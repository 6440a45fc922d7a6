namespace Hull.Cli;

/// <summary>Finds the word somebody may have meant.</summary>
internal static class Suggestion
{
    private const int MaxLength = 64;

    /// <summary>A sentence to append, or nothing when no word is near.</summary>
    internal static string For(string typed, IEnumerable<string> words)
    {
        string? best = null;
        int least = 1 + Math.Max(1, typed.Length / 3);
        foreach (string word in words)
        {
            int distance = word.StartsWith(typed, StringComparison.Ordinal) && typed.Length > 2 ? 1 : Distance(typed, word);
            if (distance < least)
            {
                (best, least) = (word, distance);
            }
        }

        return best is null ? "" : $" Did you mean '{best}'?";
    }

    // Levenshtein's distance, with two swapped neighbours counted once.
    private static int Distance(string left, string right)
    {
        if (left.Length > MaxLength || right.Length > MaxLength)
        {
            return int.MaxValue;
        }

        int[,] cost = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int change = left[i - 1] == right[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[left.Length, right.Length];
    }
}
