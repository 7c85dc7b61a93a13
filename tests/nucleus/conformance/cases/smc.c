/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMC capability: calls into the firmware (Arm Power State Coordination Interface, DEN 0022; SMC calling
 * convention, DEN 0028), how its badge restricts the function, and what is refused. QEMU is the firmware here. */
#include "../lib/conformance.h"

enum { root = seL4_CapInitThreadCNode, deep = seL4_WordBits };

enum {
    psci_version = 0x84000000,
    psci_features = 0x8400000a,
    psci_affinity_info = 0xc4000004,
    psci_migrate_info_type = 0x84000006,
    smccc_version = 0x80000000,
    unknown_function = 0x8400ff00
};

static void call(const char *what, seL4_CPtr smc, seL4_Word function, seL4_Word argument)
{
    seL4_ARM_SMCContext arguments = {function, argument, 0, 0, 0x44, 0x55, 0x66, 0x77};
    seL4_ARM_SMCContext response = {0};
    seL4_Error error = seL4_ARM_SMC_Call(smc, &arguments, &response);
    check(what, error);
    if (error == seL4_NoError) {
        const seL4_Word *words = (const seL4_Word *)&response;
        print(" ");
        for (int i = 0; i < 8; i++) {
            print(" ");
            print_hex(words[i]);
        }
        print("\n");
    }
}

void run_case(void)
{
    section("calls");
    call("PSCI version", seL4_CapSMC, psci_version, 0);
    call("PSCI features of version", seL4_CapSMC, psci_features, psci_version);
    call("PSCI features of system off", seL4_CapSMC, psci_features, 0x84000008);
    call("PSCI features of nothing", seL4_CapSMC, psci_features, unknown_function);
    call("affinity info of core 0", seL4_CapSMC, psci_affinity_info, 0);
    call("affinity info of core 9", seL4_CapSMC, psci_affinity_info, 9);
    call("migrate info type", seL4_CapSMC, psci_migrate_info_type, 0);
    call("unknown function", seL4_CapSMC, unknown_function, 0);
    section("badges");
    seL4_CPtr any = slot_new();
    check("copy", seL4_CNode_Copy(root, any, deep, root, seL4_CapSMC, deep, seL4_AllRights));
    call("through the copy", any, psci_version, 0);
    seL4_CPtr version = slot_new();
    check("mint for one function", seL4_CNode_Mint(root, version, deep, root, seL4_CapSMC, deep, seL4_AllRights, psci_version));
    call("that one", version, psci_version, 0);
    call("another", version, psci_features, psci_version);
    check("mint again", seL4_CNode_Mint(root, slot_new(), deep, root, version, deep, seL4_AllRights, psci_features));
    check("mint the same", seL4_CNode_Mint(root, slot_new(), deep, root, version, deep, seL4_AllRights, psci_version));
    seL4_CPtr copy = slot_new();
    check("copy of it", seL4_CNode_Copy(root, copy, deep, root, version, deep, seL4_NoRights));
    call("through the copy without rights", copy, psci_version, 0);
    seL4_CPtr zero = slot_new();
    check("mint with badge 0", seL4_CNode_Mint(root, zero, deep, root, seL4_CapSMC, deep, seL4_AllRights, 0));
    call("through it", zero, psci_version, 0);
    check("mutate", seL4_CNode_Mutate(root, slot_new(), deep, root, zero, deep, psci_version));
    check("revoke the badged one", seL4_CNode_Revoke(root, version, deep));
    call("its copy", copy, psci_version, 0);
    check("revoke the first", seL4_CNode_Revoke(root, seL4_CapSMC, deep));
    call("the first's copy", any, psci_version, 0);
    call("the first", seL4_CapSMC, psci_version, 0);
    section("refused");
    for (seL4_Word length = 0; length < 10; length++) {
        for (int i = 0; i < 10; i++) {
            seL4_SetMR(i, 0);
        }
        seL4_SetMR(0, psci_version);
        show("length", length);
        seL4_MessageInfo_t info = seL4_Call(seL4_CapSMC, seL4_MessageInfo_new(ARMSMCCall, 0, 0, length));
        show_message("  answer", info, 0);
    }
    check("another label", (seL4_Error)seL4_MessageInfo_get_label(
                               seL4_Call(seL4_CapSMC, seL4_MessageInfo_new(ARMSMCCall + 1, 0, 0, 8))));
    seL4_ARM_SMCContext arguments = {psci_version, 0, 0, 0, 0, 0, 0, 0};
    check("on a TCB", seL4_ARM_SMC_Call(seL4_CapInitThreadTCB, &arguments, &arguments));
}
