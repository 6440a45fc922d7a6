namespace Hull.Machine.Devices.Power;

/// <summary>What a guest did to the machine's power.</summary>
public enum PowerEvent
{
    /// <summary>It runs.</summary>
    None,

    /// <summary>It switched the machine off.</summary>
    PowerOff,

    /// <summary>It asked for a reset.</summary>
    Reset,

    /// <summary>A triple fault: real hardware resets then, and the operator wants to know the difference.</summary>
    Crash,
}
