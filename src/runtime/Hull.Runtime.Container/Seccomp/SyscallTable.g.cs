// Written by eng/Hull.SyscallTables from eng/syscalls.txt. Do not edit.
namespace Hull.Runtime.Container.Seccomp;

internal static partial class SyscallTable
{
    internal const int Count = 474;

    private static ReadOnlySpan<byte> Names =>
        "_llseek_newselect_sysctlacceptaccept4accessacctadd_keyadjtimexafs_syscallalarmarch_prctlbdflushbind"u8 +
        "bpfbreakbrkcachestatcapgetcapsetchdirchmodchownchown32chrootclock_adjtimeclock_adjtime64clock_getres"u8 +
        "clock_getres_time64clock_gettimeclock_gettime64clock_nanosleepclock_nanosleep_time64clock_settime"u8 +
        "clock_settime64cloneclone3closeclose_rangeconnectcopy_file_rangecreatcreate_moduledelete_moduledup"u8 +
        "dup2dup3epoll_createepoll_create1epoll_ctlepoll_ctl_oldepoll_pwaitepoll_pwait2epoll_wait"u8 +
        "epoll_wait_oldeventfdeventfd2execveexecveatexitexit_groupfaccessatfaccessat2fadvise64fadvise64_64"u8 +
        "fallocatefanotify_initfanotify_markfchdirfchmodfchmodatfchmodat2fchownfchown32fchownatfcntlfcntl64"u8 +
        "fdatasyncfgetxattrfile_getattrfile_setattrfinit_moduleflistxattrflockforkfremovexattrfsconfig"u8 +
        "fsetxattrfsmountfsopenfspickfstatfstat64fstatat64fstatfsfstatfs64fsyncftimeftruncateftruncate64futex"u8 +
        "futex_requeuefutex_time64futex_waitfutex_waitvfutex_wakefutimesatget_kernel_symsget_mempolicy"u8 +
        "get_robust_listget_thread_areagetcpugetcwdgetdentsgetdents64getegidgetegid32geteuidgeteuid32getgid"u8 +
        "getgid32getgroupsgetgroups32getitimergetpeernamegetpgidgetpgrpgetpidgetpmsggetppidgetpriority"u8 +
        "getrandomgetresgidgetresgid32getresuidgetresuid32getrlimitgetrusagegetsidgetsocknamegetsockoptgettid"u8 +
        "gettimeofdaygetuidgetuid32getxattrgetxattratgttyidleinit_moduleinotify_add_watchinotify_init"u8 +
        "inotify_init1inotify_rm_watchio_cancelio_destroyio_geteventsio_pgeteventsio_pgetevents_time64"u8 +
        "io_setupio_submitio_uring_enterio_uring_registerio_uring_setupioctliopermioplioprio_getioprio_setipc"u8 +
        "kcmpkexec_file_loadkexec_loadkeyctlkilllandlock_add_rulelandlock_create_ruleset"u8 +
        "landlock_restrict_selflchownlchown32lgetxattrlinklinkatlistenlistmountlistnslistxattrlistxattrat"u8 +
        "llistxattrlocklookup_dcookielremovexattrlseeklsetxattrlsm_get_self_attrlsm_list_modules"u8 +
        "lsm_set_self_attrlstatlstat64madvisemap_shadow_stackmbindmembarriermemfd_creatememfd_secret"u8 +
        "migrate_pagesmincoremkdirmkdiratmknodmknodatmlockmlock2mlockallmmapmmap2modify_ldtmountmount_setattr"u8 +
        "move_mountmove_pagesmprotectmpxmq_getsetattrmq_notifymq_openmq_timedreceivemq_timedreceive_time64"u8 +
        "mq_timedsendmq_timedsend_time64mq_unlinkmremapmsealmsgctlmsggetmsgrcvmsgsndmsyncmunlockmunlockall"u8 +
        "munmapname_to_handle_atnanosleepnewfstatatnfsservctlniceoldfstatoldlstatoldoldunameoldstatolduname"u8 +
        "openopen_by_handle_atopen_treeopen_tree_attropenatopenat2pauseperf_event_openpersonalitypidfd_getfd"u8 +
        "pidfd_openpidfd_send_signalpipepipe2pivot_rootpkey_allocpkey_freepkey_mprotectpollppollppoll_time64"u8 +
        "prctlpread64preadvpreadv2prlimit64process_madviseprocess_mreleaseprocess_vm_readvprocess_vm_writev"u8 +
        "profprofilpselect6pselect6_time64ptraceputpmsgpwrite64pwritevpwritev2query_modulequotactlquotactl_fd"u8 +
        "readreadaheadreaddirreadlinkreadlinkatreadvrebootrecvrecvfromrecvmmsgrecvmmsg_time64recvmsg"u8 +
        "remap_file_pagesremovexattrremovexattratrenamerenameatrenameat2request_keyrestart_syscallrmdirrseq"u8 +
        "rseq_slice_yieldrt_sigactionrt_sigpendingrt_sigprocmaskrt_sigqueueinfort_sigreturnrt_sigsuspend"u8 +
        "rt_sigtimedwaitrt_sigtimedwait_time64rt_tgsigqueueinfosched_get_priority_maxsched_get_priority_min"u8 +
        "sched_getaffinitysched_getattrsched_getparamsched_getschedulersched_rr_get_interval"u8 +
        "sched_rr_get_interval_time64sched_setaffinitysched_setattrsched_setparamsched_setscheduler"u8 +
        "sched_yieldseccompsecurityselectsemctlsemgetsemopsemtimedopsemtimedop_time64sendsendfilesendfile64"u8 +
        "sendmmsgsendmsgsendtoset_mempolicyset_mempolicy_home_nodeset_robust_listset_thread_area"u8 +
        "set_tid_addresssetdomainnamesetfsgidsetfsgid32setfsuidsetfsuid32setgidsetgid32setgroupssetgroups32"u8 +
        "sethostnamesetitimersetnssetpgidsetprioritysetregidsetregid32setresgidsetresgid32setresuid"u8 +
        "setresuid32setreuidsetreuid32setrlimitsetsidsetsockoptsettimeofdaysetuidsetuid32setxattrsetxattrat"u8 +
        "sgetmaskshmatshmctlshmdtshmgetshutdownsigactionsigaltstacksignalsignalfdsignalfd4sigpending"u8 +
        "sigprocmasksigreturnsigsuspendsocketsocketcallsocketpairsplicessetmaskstatstat64statfsstatfs64"u8 +
        "statmountstatxstimesttyswapoffswaponsymlinksymlinkatsyncsync_file_rangesyncfssysfssysinfosyslogtee"u8 +
        "tgkilltimetimer_createtimer_deletetimer_getoverruntimer_gettimetimer_gettime64timer_settime"u8 +
        "timer_settime64timerfd_createtimerfd_gettimetimerfd_gettime64timerfd_settimetimerfd_settime64times"u8 +
        "tkilltruncatetruncate64tuxcallugetrlimitulimitumaskumountumount2unameunlinkunlinkatunshareuprobe"u8 +
        "uretprobeuselibuserfaultfdustatutimeutimensatutimensat_time64utimesvforkvhangupvm86vm86oldvmsplice"u8 +
        "vserverwait4waitidwaitpidwritewritev"u8;

    private static ReadOnlySpan<ushort> NameEnds =>
    [
        7, 17, 24, 30, 37, 43, 47, 54, 62, 73, 78, 88, 95, 99, 102, 107, 110, 119, 125, 131, 136, 141, 146,
        153, 159, 172, 187, 199, 218, 231, 246, 261, 283, 296, 311, 316, 322, 327, 338, 345, 360, 365, 378,
        391, 394, 398, 402, 414, 427, 436, 449, 460, 472, 482, 496, 503, 511, 517, 525, 529, 539, 548, 558,
        567, 579, 588, 601, 614, 620, 626, 634, 643, 649, 657, 665, 670, 677, 686, 695, 707, 719, 731, 741,
        746, 750, 762, 770, 779, 786, 792, 798, 803, 810, 819, 826, 835, 840, 845, 854, 865, 870, 883, 895,
        905, 916, 926, 935, 950, 963, 978, 993, 999, 1005, 1013, 1023, 1030, 1039, 1046, 1055, 1061, 1069,
        1078, 1089, 1098, 1109, 1116, 1123, 1129, 1136, 1143, 1154, 1163, 1172, 1183, 1192, 1203, 1212,
        1221, 1227, 1238, 1248, 1254, 1266, 1272, 1280, 1288, 1298, 1302, 1306, 1317, 1334, 1346, 1359,
        1375, 1384, 1394, 1406, 1419, 1439, 1447, 1456, 1470, 1487, 1501, 1506, 1512, 1516, 1526, 1536,
        1539, 1543, 1558, 1568, 1574, 1578, 1595, 1618, 1640, 1646, 1654, 1663, 1667, 1673, 1679, 1688,
        1694, 1703, 1714, 1724, 1728, 1742, 1754, 1759, 1768, 1785, 1801, 1818, 1823, 1830, 1837, 1853,
        1858, 1868, 1880, 1892, 1905, 1912, 1917, 1924, 1929, 1936, 1941, 1947, 1955, 1959, 1964, 1974,
        1979, 1992, 2002, 2012, 2020, 2023, 2036, 2045, 2052, 2067, 2089, 2101, 2120, 2129, 2135, 2140,
        2146, 2152, 2158, 2164, 2169, 2176, 2186, 2192, 2209, 2218, 2228, 2238, 2242, 2250, 2258, 2269,
        2276, 2284, 2288, 2305, 2314, 2328, 2334, 2341, 2346, 2361, 2372, 2383, 2393, 2410, 2414, 2419,
        2429, 2439, 2448, 2461, 2465, 2470, 2482, 2487, 2494, 2500, 2507, 2516, 2531, 2547, 2563, 2580,
        2584, 2590, 2598, 2613, 2619, 2626, 2634, 2641, 2649, 2661, 2669, 2680, 2684, 2693, 2700, 2708,
        2718, 2723, 2729, 2733, 2741, 2749, 2764, 2771, 2787, 2798, 2811, 2817, 2825, 2834, 2845, 2860,
        2865, 2869, 2885, 2897, 2910, 2924, 2939, 2951, 2964, 2979, 3001, 3018, 3040, 3062, 3079, 3092,
        3106, 3124, 3145, 3173, 3190, 3203, 3217, 3235, 3246, 3253, 3261, 3267, 3273, 3279, 3284, 3294,
        3311, 3315, 3323, 3333, 3341, 3348, 3354, 3367, 3390, 3405, 3420, 3435, 3448, 3456, 3466, 3474,
        3484, 3490, 3498, 3507, 3518, 3529, 3538, 3543, 3550, 3561, 3569, 3579, 3588, 3599, 3608, 3619,
        3627, 3637, 3646, 3652, 3662, 3674, 3680, 3688, 3696, 3706, 3714, 3719, 3725, 3730, 3736, 3744,
        3753, 3764, 3770, 3778, 3787, 3797, 3808, 3817, 3827, 3833, 3843, 3853, 3859, 3867, 3871, 3877,
        3883, 3891, 3900, 3905, 3910, 3914, 3921, 3927, 3934, 3943, 3947, 3962, 3968, 3973, 3980, 3986,
        3989, 3995, 3999, 4011, 4023, 4039, 4052, 4067, 4080, 4095, 4109, 4124, 4141, 4156, 4173, 4178,
        4183, 4191, 4201, 4208, 4218, 4224, 4229, 4235, 4242, 4247, 4253, 4261, 4268, 4274, 4283, 4289,
        4300, 4305, 4310, 4319, 4335, 4341, 4346, 4353, 4357, 4364, 4372, 4379, 4384, 4390, 4397, 4402,
        4408,
    ];

    private static ReadOnlySpan<ushort> X64 =>
    [
        294, 473, 252, 38, 408, 92, 198, 270, 193, 215, 222, 241, 17, 317, 319, 321, 165, 274, 288, 299,
        474, 6, 264, 341, 338, 232, 238, 207, 200, 392, 389, 390, 45, 46, 258, 243, 124, 11, 368, 128, 348,
        403, 40, 4, 352, 302, 351, 305, 393, 14, 184, 140, 125, 405, 382, 141, 36, 85, 464, 58, 60, 470,
        175, 451, 343, 344, 342, 391, 235, 237, 236, 234, 76, 84, 97, 78, 443, 99, 114, 113, 21, 69, 309,
        208, 314, 42, 182, 452, 418, 297, 22, 70, 23, 73, 179, 448, 143, 137, 138, 424, 441, 286, 144, 425,
        120, 384, 363, 118, 116, 370, 130, 127, 381, 378, 372, 122, 365, 376, 135, 374, 133, 126, 361, 359,
        139, 19, 20, 318, 323, 320, 322, 395, 460, 210, 457, 260, 459, 410, 95, 423, 131, 371, 336, 330,
        337, 331, 326, 327, 332, 212, 239, 214, 240, 465, 217, 266, 3, 273, 12, 9, 380, 25, 420, 7, 383,
        218, 450, 417, 416, 300, 367, 358, 167, 166, 43, 150, 44, 108, 291, 292, 245, 129, 287, 10, 445,
        340, 142, 295, 386, 194, 88, 146, 181, 79, 187, 189, 83, 307, 192, 86, 442, 428, 101, 334, 328, 356,
        160, 156, 157, 161, 155, 111, 191, 48, 51, 55, 306, 115, 357, 313, 345, 64, 429, 434, 432, 431, 430,
        34, 30, 28, 32, 61, 54, 50, 427, 463, 469, 202, 353, 109, 226, 231, 229, 227, 225, 224, 173, 471, 8,
        312, 174, 169, 168, 152, 151, 154, 206, 256, 209, 211, 75, 107, 244, 453, 310, 183, 419, 298, 71,
        62, 284, 271, 454, 355, 110, 406, 426, 421, 468, 221, 461, 52, 397, 436, 56, 66, 439, 437, 5, 398,
        57, 49, 47, 265, 153, 275, 289, 325, 259, 303, 67, 68, 277, 242, 253, 26, 422, 350, 369, 112, 280,
        281, 171, 82, 335, 329, 311, 339, 132, 204, 172, 15, 59, 458, 203, 213, 41, 276, 290, 269, 267, 268,
        413, 158, 315, 456, 455, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 263, 164,
        162, 163, 254, 220, 90, 87, 89, 91, 262, 37, 39, 257, 261, 63, 278, 53, 219, 293, 177, 176, 178,
        205, 279, 105, 354, 18, 72, 201, 106, 104, 102, 412, 185, 195, 197, 196, 233, 387, 147, 188, 308,
        255, 80, 81, 186, 316,
    ];

    private static ReadOnlySpan<ushort> X86 =>
    [
        313, 60, 85, 294, 473, 252, 38, 472, 42, 182, 452, 58, 21, 428, 210, 22, 179, 16, 250, 193, 128,
        218, 449, 384, 144, 414, 286, 11, 247, 258, 460, 415, 148, 6, 246, 98, 420, 175, 309, 208, 314, 45,
        264, 441, 282, 17, 363, 120, 396, 118, 116, 7, 450, 190, 165, 76, 223, 370, 447, 249, 448, 25, 459,
        46, 130, 127, 381, 394, 388, 407, 378, 372, 402, 399, 367, 380, 137, 138, 143, 383, 122, 365, 341,
        418, 248, 297, 457, 417, 300, 296, 215, 241, 443, 99, 70, 73, 131, 371, 283, 410, 95, 166, 404, 425,
        368, 124, 408, 198, 92, 251, 167, 465, 149, 467, 470, 416, 424, 170, 97, 401, 36, 358, 451, 217, 9,
        222, 400, 43, 150, 44, 108, 292, 126, 69, 13, 423, 260, 10, 361, 359, 1, 114, 2, 84, 238, 299, 474,
        139, 78, 3, 212, 239, 214, 240, 336, 330, 337, 331, 338, 326, 327, 332, 243, 232, 376, 135, 466,
        291, 270, 245, 374, 133, 273, 321, 317, 319, 318, 323, 320, 322, 274, 288, 23, 113, 19, 20, 395,
        348, 129, 287, 464, 446, 216, 444, 100, 409, 199, 93, 180, 145, 121, 119, 117, 379, 373, 123, 366,
        74, 377, 136, 375, 134, 24, 385, 364, 362, 360, 266, 207, 200, 115, 77, 0, 0, 142, 295, 386, 194,
        88, 146, 181, 79, 187, 189, 83, 307, 192, 86, 442, 349, 101, 334, 328, 356, 111, 160, 156, 157, 161,
        155, 64, 0, 61, 191, 48, 50, 54, 306, 357, 429, 434, 432, 431, 430, 34, 30, 28, 32, 411, 96, 427,
        463, 65, 469, 202, 109, 353, 226, 231, 229, 227, 225, 224, 173, 471, 0, 8, 312, 174, 169, 168, 152,
        151, 154, 206, 256, 209, 211, 75, 107, 94, 453, 310, 183, 419, 298, 71, 62, 284, 271, 454, 355, 110,
        406, 421, 426, 468, 221, 112, 52, 461, 397, 436, 56, 66, 439, 437, 398, 57, 49, 47, 265, 153, 275,
        289, 325, 259, 303, 67, 68, 277, 242, 253, 26, 422, 350, 369, 280, 281, 171, 82, 335, 329, 311, 339,
        132, 204, 15, 59, 403, 405, 14, 40, 184, 5, 141, 382, 140, 125, 352, 351, 302, 305, 393, 458, 203,
        213, 41, 276, 290, 269, 267, 268, 413, 12, 158, 315, 0, 0, 0, 0, 0, 0, 343, 342, 392, 390, 389, 391,
        235, 237, 236, 234, 31, 35, 27, 29, 33, 433, 435, 438, 440, 462, 285, 272, 0, 159, 304, 230, 228,
        346, 324, 103, 333, 263, 164, 162, 163, 254, 220, 90, 87, 89, 91, 262, 37, 39, 257, 261, 63, 278,
        53, 219, 293, 177, 176, 178, 205, 279, 105, 354, 18, 72, 201, 106, 104, 102, 412, 185, 195, 197,
        196, 233, 387, 147, 188, 308, 255, 80, 81, 186, 316,
    ];

    private static ReadOnlySpan<ushort> X32 =>
    [
        294, 473, 252, 38, 408, 92, 198, 270, 193, 215, 222, 241, 17, 0, 319, 0, 0, 274, 288, 0, 0, 6, 264,
        341, 338, 232, 238, 207, 200, 392, 389, 390, 45, 46, 258, 243, 124, 11, 368, 128, 348, 403, 40, 4,
        352, 0, 0, 0, 393, 14, 184, 140, 125, 405, 0, 0, 36, 85, 464, 0, 60, 470, 175, 451, 343, 344, 342,
        391, 235, 237, 236, 234, 76, 84, 97, 78, 443, 99, 114, 113, 21, 69, 309, 208, 314, 42, 182, 452,
        418, 297, 22, 70, 23, 73, 179, 448, 143, 137, 138, 424, 441, 0, 144, 425, 120, 384, 363, 118, 116,
        370, 130, 127, 381, 378, 372, 122, 365, 376, 135, 374, 133, 126, 361, 359, 139, 19, 20, 0, 0, 0,
        322, 0, 460, 210, 0, 260, 459, 410, 95, 423, 131, 371, 336, 330, 337, 331, 326, 327, 332, 212, 239,
        214, 240, 465, 217, 266, 0, 273, 12, 9, 380, 25, 420, 7, 383, 218, 450, 417, 416, 300, 367, 358,
        167, 166, 0, 150, 44, 0, 0, 292, 0, 129, 287, 10, 445, 340, 142, 295, 386, 194, 88, 146, 181, 79,
        187, 189, 83, 307, 192, 86, 442, 428, 101, 334, 328, 0, 0, 156, 157, 0, 155, 0, 191, 48, 0, 0, 306,
        115, 357, 313, 345, 64, 0, 434, 432, 431, 430, 34, 30, 28, 32, 61, 54, 50, 427, 463, 0, 202, 353,
        109, 226, 231, 229, 227, 0, 224, 0, 0, 8, 312, 174, 169, 168, 152, 151, 154, 206, 256, 209, 211, 75,
        107, 244, 453, 310, 183, 419, 298, 71, 62, 284, 271, 454, 0, 0, 406, 426, 421, 0, 0, 461, 52, 397,
        436, 56, 66, 439, 437, 5, 398, 57, 49, 47, 265, 153, 0, 0, 0, 259, 0, 67, 68, 277, 242, 253, 26,
        422, 0, 369, 112, 0, 0, 171, 82, 335, 329, 311, 339, 132, 204, 172, 15, 0, 458, 203, 213, 41, 0, 0,
        269, 267, 268, 413, 158, 315, 456, 455, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 263, 164, 162, 163, 254, 220, 90, 87, 89, 91, 262, 37, 39, 257, 261, 63, 278, 53, 219, 293, 177,
        176, 178, 205, 279, 105, 354, 18, 72, 201, 106, 104, 102, 412, 185, 195, 197, 196, 233, 387, 147,
        188, 308, 255, 80, 81, 186, 316, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 317, 321, 165, 299, 474, 302, 351, 305, 58,
        286, 318, 323, 320, 395, 429, 225, 173, 471, 355, 110, 468, 221, 275, 289, 325, 303, 350, 280, 281,
        382, 141, 160, 161, 59, 276, 290,
    ];

    private static ReadOnlySpan<ushort> Arm64 =>
    [
        160, 156, 161, 155, 157, 386, 194, 88, 146, 181, 79, 187, 189, 83, 307, 192, 86, 113, 191, 57, 49,
        50, 52, 45, 47, 76, 153, 151, 154, 165, 169, 168, 84, 211, 209, 453, 419, 183, 310, 450, 218, 266,
        245, 410, 95, 443, 99, 66, 62, 21, 69, 25, 70, 71, 75, 73, 256, 38, 465, 265, 292, 115, 193, 294,
        473, 299, 474, 274, 288, 275, 289, 348, 284, 271, 398, 468, 406, 426, 298, 244, 92, 420, 97, 78,
        421, 436, 439, 437, 461, 7, 19, 20, 260, 60, 61, 471, 357, 454, 101, 355, 110, 243, 124, 368, 173,
        150, 44, 429, 432, 431, 434, 430, 34, 30, 28, 32, 425, 286, 336, 337, 331, 330, 334, 328, 338, 326,
        327, 332, 313, 175, 442, 427, 395, 322, 317, 319, 318, 323, 320, 321, 371, 131, 300, 372, 363, 378,
        384, 376, 135, 374, 133, 361, 359, 441, 370, 126, 139, 381, 122, 365, 451, 367, 358, 137, 380, 138,
        448, 273, 112, 143, 383, 9, 128, 130, 144, 118, 120, 116, 142, 424, 226, 231, 229, 227, 225, 224,
        235, 234, 236, 237, 343, 342, 345, 344, 392, 390, 389, 391, 403, 405, 14, 184, 4, 40, 140, 125, 352,
        302, 382, 141, 393, 351, 305, 295, 17, 241, 232, 8, 312, 174, 36, 58, 215, 64, 417, 416, 222, 238,
        212, 239, 214, 240, 207, 200, 306, 202, 109, 353, 206, 221, 325, 259, 5, 303, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 470, 277, 67, 68, 242, 253, 26, 422, 369, 350, 280, 281, 171, 82, 335,
        329, 311, 339, 132, 204, 15, 59, 458, 203, 213, 41, 276, 290, 269, 267, 268, 413, 158, 315, 172, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 263, 164,
        162, 163, 254, 220, 90, 87, 89, 91, 262, 37, 39, 257, 261, 63, 278, 53, 219, 293, 177, 176, 178,
        205, 279, 105, 354, 18, 72, 201, 106, 104, 102, 412, 185, 195, 197, 196, 233, 387, 147, 188, 308,
        255, 80, 81, 186, 316,
    ];
}
