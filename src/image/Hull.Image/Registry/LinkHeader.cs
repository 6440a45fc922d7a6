using System.Net.Http.Headers;

namespace Hull.Image;

/// <summary>Finds the next page of a list. Source: RFC 8288; OCI distribution specification 1.1, "Listing Tags".</summary>
internal static class LinkHeader
{
    private const int MaxLength = 4096;

    internal static Uri? Next(HttpResponseHeaders headers) =>
        headers.TryGetValues("Link", out IEnumerable<string>? values) ? values.Select(Next).FirstOrDefault(next => next is not null) : null;

    /// <summary>The target of the first link whose relation is <c>next</c>; null when there is none that can be read.</summary>
    internal static Uri? Next(string header)
    {
        if (header.Length > MaxLength)
        {
            return null;
        }

        int at = 0;
        while ((at = header.IndexOf('<', at)) >= 0)
        {
            int end = header.IndexOf('>', at);
            if (end < 0)
            {
                return null;
            }

            int nextLink = header.IndexOf(",<", end, StringComparison.Ordinal) is var tight and >= 0
                ? tight
                : header.IndexOf(", <", end, StringComparison.Ordinal) is var loose and >= 0 ? loose : header.Length;
            string parameters = header[(end + 1)..nextLink];
            if (parameters.Split(';').Any(part => part.Trim() is "rel=next" or "rel=\"next\"")
                && Uri.TryCreate(header[(at + 1)..end], UriKind.RelativeOrAbsolute, out Uri? target))
            {
                return target;
            }

            at = end + 1;
        }

        return null;
    }
}
