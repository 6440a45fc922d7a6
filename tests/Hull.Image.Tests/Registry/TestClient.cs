namespace Hull.Image.Tests;

/// <summary>A store and a client of one test's own.</summary>
internal sealed class TestClient : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    internal TestClient(RegistryOptions? options = null)
    {
        Store = new ContentStore(_scratch.Combine("store"));
        Images = new ImageStore(Store);
        Credentials = new CredentialStore(_scratch.Combine("config.json"));
        Client = new RegistryClient((options ?? new RegistryOptions()) with { FirstRetryPause = TimeSpan.FromMilliseconds(5) }, Credentials);
        Puller = new ImagePuller(Images, Client);
        Pusher = new ImagePusher(Images, Client);
    }

    internal ContentStore Store { get; }

    internal ImageStore Images { get; }

    internal CredentialStore Credentials { get; }

    internal RegistryClient Client { get; }

    internal ImagePuller Puller { get; }

    internal ImagePusher Pusher { get; }

    internal EventLog Events { get; } = new();

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Client.Dispose();
        _scratch.Dispose();
    }

    internal Task<LocalImage> PullAsync(ImageReference reference) => Puller.PullAsync(reference, null, Events, Cancellation);

    internal Task<Digest> PushAsync(LocalImage image, ImageReference target) => Pusher.PushAsync(image, target, Events, Cancellation);

    /// <summary>Remembers events in the order they came.</summary>
    internal sealed class EventLog : IProgress<TransferEvent>
    {
        private readonly List<TransferEvent> _events = [];

        /// <summary>What a transfer that broke off waits for before it goes on; nothing by default.</summary>
        internal Task OnRetry { get; set; } = Task.CompletedTask;

        public void Report(TransferEvent value)
        {
            if (value.Stage == TransferStage.Retrying)
            {
                OnRetry.GetAwaiter().GetResult();
            }

            lock (_events)
            {
                _events.Add(value);
            }
        }

        internal int Count(TransferStage stage)
        {
            lock (_events)
            {
                return _events.Count(item => item.Stage == stage && item.Content is not null);
            }
        }
    }
}
