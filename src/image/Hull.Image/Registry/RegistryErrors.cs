using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Hull.Image;

/// <summary>The one place where a failure of a registry becomes a sentence and a kind.</summary>
internal static class RegistryErrors
{
    /// <summary>A registry answered with a status that is no success.</summary>
    internal static HullException Status(RegistryRequest request, HttpStatusCode status, string said, string subject, bool loggedIn)
    {
        string because = said.Length > 0 ? $" ('{said}')" : "";
        return status switch
        {
            HttpStatusCode.Unauthorized => LoginRefused(request, loggedIn, said),
            HttpStatusCode.Forbidden => new HullException(
                ErrorKind.PermissionDenied, $"The registry '{request.Registry}' denies access to {subject}{because}."),
            HttpStatusCode.NotFound => new HullException(
                ErrorKind.NotFound, $"The registry '{request.Registry}' has no {subject}{because}."),
            HttpStatusCode.TooManyRequests => new HullException(
                ErrorKind.Unavailable, $"The registry '{request.Registry}' limits how often {subject} may be asked for: try again later{because}."),
            >= HttpStatusCode.InternalServerError => new HullException(
                ErrorKind.Unavailable, $"The registry '{request.Registry}' fails with status {(int)status} for {subject}{because}."),
            _ => new HullException(
                ErrorKind.FailedPrecondition, $"The registry '{request.Registry}' refuses {subject} with status {(int)status}{because}."),
        };
    }

    /// <summary>A registry wants a login, or refused the one it got.</summary>
    internal static HullException LoginRefused(RegistryRequest request, bool loggedIn, string said)
    {
        string subject = request.Repository is null ? "" : $" for the repository '{request.Repository}'";
        string because = said.Length > 0 ? $" ('{said}')" : "";
        return new HullException(ErrorKind.PermissionDenied, loggedIn
            ? $"The registry '{request.Registry}' does not accept the login{subject}{because}."
            : $"The registry '{request.Registry}' wants a login{subject}: use 'hull login {request.Registry}'{because}.");
    }

    /// <summary>No answer came, or it broke off.</summary>
    internal static HullException Connection(string registry, Exception error)
    {
        HttpRequestError kind = (error as HttpRequestException)?.HttpRequestError ?? (error as HttpIOException)?.HttpRequestError ?? HttpRequestError.Unknown;
        return kind switch
        {
            HttpRequestError.NameResolutionError => new HullException(
                ErrorKind.Unavailable, $"The registry '{registry}' cannot be reached: its name does not resolve.", error),
            HttpRequestError.SecureConnectionError when IsUntrusted(error) => new HullException(
                ErrorKind.PermissionDenied, $"The certificate of the registry '{registry}' is not trusted: put its authority into '/etc/hull/certs.d/{registry}/ca.crt', or use --tls-verify=false.", error),
            HttpRequestError.SecureConnectionError => new HullException(
                ErrorKind.Unavailable, $"The registry '{registry}' does not speak TLS: only a registry on this machine, or one listed as insecure, may do without.", error),
            _ when error.GetBaseException() is SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new HullException(
                ErrorKind.Unavailable, $"The registry '{registry}' cannot be reached: the connection is refused.", error),
            HttpRequestError.ConnectionError => new HullException(
                ErrorKind.Unavailable, $"The registry '{registry}' cannot be reached.", error),
            HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => new HullException(
                ErrorKind.Unavailable, $"'{registry}' does not answer as a registry does.", error),
            _ => new HullException(ErrorKind.Unavailable, $"The connection to the registry '{registry}' broke off.", error),
        };
    }

    /// <summary>Whether trying again may help.</summary>
    internal static bool IsTransient(Exception error) => error switch
    {
        HttpRequestException { StatusCode: { } status } => RetryPause.IsTransient(status),
        HttpRequestException http when http.HttpRequestError is HttpRequestError.SecureConnectionError
            or HttpRequestError.NameResolutionError or HttpRequestError.ConfigurationLimitExceeded
            or HttpRequestError.InvalidResponse => false,
        HttpRequestException http => http.GetBaseException() is not SocketException { SocketErrorCode: SocketError.ConnectionRefused },
        IOException => true,
        _ => false,
    };

    // The handshake fails with this type when our own decision about the certificate was no.
    private static bool IsUntrusted(Exception error) =>
        error.InnerException is AuthenticationException { InnerException: null } or AuthenticationException { InnerException: AuthenticationException };
}
