using System.Diagnostics;
using System.Globalization;
using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Packing;

namespace Hull.Snapshot.Bootstrap;

/// <summary>Makes base images from a Debian-like distribution's packages by driving mmdebstrap.</summary>
/// <remarks>
/// The same packages from the same sources, which are the image's own then, give the same image on any day: times are cut to the newest file that a package brings, caches, logs
/// and identities are left out, the layer is packed deterministically. Source: mmdebstrap(1), "SOURCE_DATE_EPOCH".
/// </remarks>
public static class BaseImageBuilder
{
    private const string Program = "mmdebstrap";
    private const int KeptErrorLines = 12;

    /// <summary>Builds and registers an image.</summary>
    /// <param name="request">Which.</param>
    /// <param name="images">Where to.</param>
    /// <param name="clock">Tells files made by the build from files of packages; the system's when null.</param>
    /// <param name="progress">Told in a few words what happens.</param>
    /// <param name="cancellation">Ends mmdebstrap too.</param>
    /// <exception cref="HullException">A tool is missing, a package cannot be had, or the store cannot be written.</exception>
    public static async Task<LocalImage> BuildAsync(
        BaseImageRequest request, ImageStore images, TimeProvider? clock, IProgress<string>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(images);
        (string suite, IReadOnlyList<string> sources) = await PackageSources.FindAsync(request, cancellation);
        string work = Directory.CreateTempSubdirectory("hull-bootstrap-").FullName;
        try
        {
            long started = (clock ?? TimeProvider.System).GetUtcNow().ToUnixTimeSeconds();
            string archive = Path.Combine(work, "root.tar");
            await RunAsync(request, suite, sources, archive, started, progress, cancellation);
            progress?.Report("packing the layer");
            long newest = BaseImageArchive.FindNewestPackageFile(archive, started);
            using ContentLease lease = images.Content.Lease();
            PackedLayer layer = LayerPacker.Pack(images.Content, lease, request.Compression, target =>
            {
                BaseImageArchive.Rewrite(archive, target, started, newest);
            });
            return ImageAssembler.Put(
                images, lease, request.Reference, ConfigOf(request, suite, newest),
                [new ImageLayer(layer.Descriptor, layer.DiffId)]);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static ImageConfig ConfigOf(BaseImageRequest request, string suite, long newest)
    {
        var created = DateTimeOffset.FromUnixTimeSeconds(newest);
        string included = request.Include.Count == 0 ? "" : " --include " + string.Join(',', request.Include);
        return new ImageConfig
        {
            Created = created,
            OS = "linux",
            Architecture = Platform.Host.Architecture,
            Config = new ContainerConfig
            {
                Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                Cmd = ["bash"],
            },
            RootFs = new RootFsConfig(),
            History =
            [
                new HistoryEntry { Created = created, CreatedBy = $"hull image bootstrap {suite} --variant {request.Variant}{included}" },
            ],
        };
    }

    private static async Task RunAsync(
        BaseImageRequest request, string suite, IReadOnlyList<string> sources, string archive, long epoch,
        IProgress<string>? progress, CancellationToken cancellation)
    {
        List<string> arguments = ["--format=tar", "--variant=" + request.Variant];
        if (request.Include.Count > 0)
        {
            arguments.Add("--include=" + string.Join(',', request.Include));
        }

        ProcessStartInfo info = new(Program, [.. arguments, suite, archive, .. sources])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        info.Environment["SOURCE_DATE_EPOCH"] = epoch.ToString(CultureInfo.InvariantCulture);
        info.Environment["LC_ALL"] = "C.UTF-8";
        info.Environment["TZ"] = "UTC";
        using Process process = Start(info);
        process.StandardInput.Close();
        Queue<string> last = [];
        try
        {
            while (await process.StandardError.ReadLineAsync(cancellation) is string line)
            {
                if (line.StartsWith("I: ", StringComparison.Ordinal))
                {
                    progress?.Report(line[3..].TrimEnd('.'));
                }
                else if (line.StartsWith("E: ", StringComparison.Ordinal) || line.StartsWith("Err:", StringComparison.Ordinal))
                {
                    last.Enqueue(line);
                    while (last.Count > KeptErrorLines)
                    {
                        last.Dequeue();
                    }
                }
            }

            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw new HullException(
                ErrorKind.Unavailable,
                $"The base image '{request.Reference}' cannot be made: {(last.Count > 0 ? string.Join(' ', last) : $"{Program} ended with status {process.ExitCode}")}.");
        }
    }

    private static Process Start(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info) ?? throw new UnreachableException();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"Base images are made with '{Program}': install the package '{Program}'.", error);
        }
    }
}
