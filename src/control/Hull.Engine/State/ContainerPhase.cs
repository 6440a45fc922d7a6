namespace Hull.Engine.State;

/// <summary>Whether a container's record is whole; what a crash leaves in the others is finished by the next command.</summary>
public enum ContainerPhase
{
    /// <summary>Being made; removed when its maker died.</summary>
    Creating,

    /// <summary>Whole.</summary>
    Ready,

    /// <summary>Being removed; the removal is finished when its remover died.</summary>
    Removing,
}
