using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hull.Image;

/// <summary>The certificates an operator laid down for one registry.</summary>
internal sealed class RegistryCertificates
{
    private RegistryCertificates(X509Certificate2Collection authorities, X509Certificate2Collection own)
    {
        Authorities = authorities;
        Own = own;
    }

    /// <summary>Authorities trusted for this registry beside the system's.</summary>
    internal X509Certificate2Collection Authorities { get; }

    /// <summary>Certificates this client shows.</summary>
    internal X509Certificate2Collection Own { get; }

    /// <summary>Reads <c>DIRECTORY/HOST:PORT/</c> of the first directory that has one.</summary>
    /// <exception cref="HullException">A file there is no certificate, or a certificate has no key.</exception>
    internal static RegistryCertificates Load(string registry, IReadOnlyList<string> directories)
    {
        X509Certificate2Collection authorities = [];
        X509Certificate2Collection own = [];
        string? directory = directories.Select(parent => Path.Combine(parent, registry)).FirstOrDefault(Directory.Exists);
        if (directory is null)
        {
            return new RegistryCertificates(authorities, own);
        }

        foreach (string path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
        {
            try
            {
                if (path.EndsWith(".crt", StringComparison.Ordinal))
                {
                    authorities.ImportFromPemFile(path);
                }
                else if (path.EndsWith(".cert", StringComparison.Ordinal))
                {
                    own.Add(X509Certificate2.CreateFromPemFile(path, Path.ChangeExtension(path, ".key")));
                }
            }
            catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"'{path}' is not a certificate in PEM form with its key beside it.", error);
            }
        }

        return new RegistryCertificates(authorities, own);
    }

    /// <summary>Decides about a server's certificate: a wrong name is never accepted, an unknown issuer may be a local one.</summary>
    internal bool Accept(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || Authorities.Count == 0 || certificate is not X509Certificate2 server)
        {
            return errors == SslPolicyErrors.None;
        }

        using X509Chain local = new();
        local.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        local.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        local.ChainPolicy.DisableCertificateDownloads = true;
        local.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        local.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1")); // server authentication, RFC 5280 §4.2.1.12
        foreach (X509ChainElement element in chain?.ChainElements.AsEnumerable() ?? [])
        {
            local.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return local.Build(server);
    }
}
