using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Hull.Image.Tests;

/// <summary>This test program started again as another process that works on a store until it is killed.</summary>
internal static class StoreWorker
{
    private const string Variable = "HULL_IMAGE_TEST_WORKER";

    /// <summary>Starts one.</summary>
    /// <param name="root">The store.</param>
    /// <param name="name">Part of the names of its images.</param>
    /// <param name="rounds">After how many rounds it ends by itself.</param>
    internal static Process Start(string root, string name, int rounds) =>
        Start(string.Create(CultureInfo.InvariantCulture, $"{root}|{name}|{rounds}"));

    /// <summary>Starts one that pulls an image into the store.</summary>
    internal static Process StartPull(string root, string reference) => Start($"{root}|{reference}|pull");

    private static Process Start(string job)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Variable] = job;
        return Process.Start(start)!;
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The only way for this program to be something else than a test run.")]
    internal static void RunWhenAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } job)
        {
            return;
        }

        string[] parts = job.Split('|');
        try
        {
            if (parts[2] == "pull")
            {
                Pull(parts[0], parts[1]);
            }
            else
            {
                Work(parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
            }

            Environment.Exit(0);
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error);
            Environment.Exit(1);
        }
    }

    // No async method here: its continuations would wait for this module's initializer, which waits for them.
    private static void Pull(string root, string reference)
    {
        using RegistryClient client = new(new RegistryOptions(), new CredentialStore(Path.Combine(root, "none")));
        ImagePuller puller = new(new ImageStore(new ContentStore(root)), client);
        Console.WriteLine("ready");
        puller.PullAsync(ImageReference.Parse(reference)).GetAwaiter().GetResult();
    }

    // Everything a store is used for, in a loop, with blobs that are also interrupted half-way.
    private static void Work(string root, string name, int rounds)
    {
        ContentStore content = new(root);
        ImageStore images = new(content);
        Console.WriteLine("ready");
        for (int round = 0; round < rounds; round++)
        {
            using (ContentLease lease = content.Lease())
            {
                Descriptors made = new(content, lease, $"{name} {round}");
                images.Put(ImageReference.Parse(string.Create(CultureInfo.InvariantCulture, $"{name}:{round % 5}")), made.Manifest);
            }

            using (BlobWriter? half = content.TryResumeIngest(Digest.OfSha256("never finished"u8)))
            {
                half?.Write("never"u8);
            }

            images.Tag($"{name}:{round % 5}", ImageReference.Parse($"{name}:last"));
            if (round % 3 == 2)
            {
                images.Remove($"{name}:{round % 5}");
                content.Collect();
            }
        }
    }

    /// <summary>An image of which each part is leased before it is made: a collection elsewhere must not take it.</summary>
    private sealed class Descriptors
    {
        internal Descriptors(ContentStore content, ContentLease lease, string text) =>
            Manifest = TestImages.Make(content, text, protect: digest => lease.Protect(digest));

        internal Oci.Image.Descriptor Manifest { get; }
    }
}
