namespace Hull.Machine.Devices.Interrupts;

/// <summary>What an interrupt message asks of a processor. Source: Intel SDM vol. 3A, table 11-18.</summary>
public enum DeliveryMode
{
    /// <summary>The vector, at every processor addressed.</summary>
    Fixed = 0,

    /// <summary>The vector, at one of the processors addressed.</summary>
    LowestPriority = 1,

    /// <summary>A system-management interrupt; no board here has one.</summary>
    Smi = 2,

    /// <summary>A non-maskable interrupt.</summary>
    Nmi = 4,

    /// <summary>INIT: back to the state after reset, waiting for a start-up message.</summary>
    Init = 5,

    /// <summary>Start-up: begin in real mode at vector times 4,096.</summary>
    StartUp = 6,

    /// <summary>The vector comes from the 8259 pair.</summary>
    External = 7,
}
