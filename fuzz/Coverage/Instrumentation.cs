using System.Diagnostics.CodeAnalysis;

// The compiler's own name for it: csc /instrument:TestCoverage makes every method call this.
namespace Microsoft.CodeAnalysis.Runtime;

/// <summary>Collects which statements ran. Only in builds with <c>HullCoverage</c>, for the fuzz program.</summary>
/// <remarks>
/// The compiler gives each method an array with a place for each statement, asks for it on the method's first call, and sets
/// the place of every statement that runs. Nothing is ever cleared, so what is new shows as growth.
/// </remarks>
[ExcludeFromCodeCoverage]
public static class Instrumentation
{
    private static readonly Lock s_gate = new();
    private static bool[][] s_payloads = new bool[4096][];
    private static int s_count;

    /// <summary>Makes a method's array; called by compiled code.</summary>
    public static bool[] CreatePayload(Guid mvid, int methodToken, int fileIndex, ref bool[]? payload, int payloadLength) =>
        Create(ref payload, payloadLength);

    /// <summary>Makes a method's array; called by compiled code.</summary>
    public static bool[] CreatePayload(Guid mvid, int methodToken, int[] fileIndices, ref bool[]? payload, int payloadLength) =>
        Create(ref payload, payloadLength);

    /// <summary>How many statements ran at least once in this process.</summary>
    public static int CountReached()
    {
        int reached = 0;
        foreach (bool[] payload in s_payloads.AsSpan(0, Volatile.Read(ref s_count)))
        {
            reached += payload.AsSpan().Count(true);
        }

        return reached;
    }

    private static bool[] Create(ref bool[]? payload, int payloadLength)
    {
        lock (s_gate)
        {
            if (payload is null)
            {
                if (s_count == s_payloads.Length)
                {
                    Array.Resize(ref s_payloads, s_count * 2);
                }

                payload = new bool[payloadLength];
                s_payloads[s_count] = payload;
                Volatile.Write(ref s_count, s_count + 1);
            }

            return payload;
        }
    }
}
