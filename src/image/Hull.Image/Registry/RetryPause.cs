using System.Net;
using System.Net.Http.Headers;

namespace Hull.Image;

/// <summary>Which failures pass by themselves, and how long to wait for that.</summary>
internal static class RetryPause
{
    internal static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout
        or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
        or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>Doubles with each attempt; half of it is chance, so that many clients do not come back together.</summary>
    internal static TimeSpan Before(int attempt, RetryConditionHeaderValue? asked, RegistryOptions options)
    {
        double doubled = options.FirstRetryPause.TotalMilliseconds * Math.Pow(2, Math.Min(attempt - 1, 16));
        double bounded = Math.Min(doubled, options.MaxRetryPause.TotalMilliseconds);
        double jittered = (bounded / 2) + (Random.Shared.NextDouble() * bounded / 2);
        double wanted = (asked?.Delta ?? (asked?.Date - options.Clock.GetUtcNow()))?.TotalMilliseconds ?? 0;
        return TimeSpan.FromMilliseconds(Math.Min(Math.Max(jittered, wanted), options.MaxRetryPause.TotalMilliseconds));
    }
}
