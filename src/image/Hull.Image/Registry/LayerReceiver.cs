namespace Hull.Image;

/// <summary>Begins to use a layer while it is still being transferred.</summary>
/// <remarks>
/// The stream gives bytes as they arrive and waits for more; its end comes only after the whole layer was checked against
/// its digest, and reading fails when the transfer does, or had to begin anew. A receiver that fails does not fail the
/// pull: the layer is in the store afterwards all the same. Called once for each layer that is transferred, from several
/// threads; the pull waits for the returned task.
/// </remarks>
/// <param name="layer">The layer.</param>
/// <param name="arriving">Its bytes, as they are stored; not to be used after the task ended.</param>
/// <param name="cancellation">The pull was ended.</param>
public delegate Task LayerReceiver(ImageLayer layer, Stream arriving, CancellationToken cancellation);
