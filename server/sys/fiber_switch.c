#include "sys/fiber_int.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* Both architectures keep one frame layout, so that the unwind rows hold before and after the stack changes. */
#if defined(FIBER_ASM_X86_64)

struct frame {
    uint32_t mxcsr;
    uint16_t x87_control;
    uint16_t unused;
    uint64_t r15, r14, r13, r12, rbx, rbp;
    void (*resume)(void);
    uint64_t pad[2]; /* fiber_boot must start on a stack that is aligned to 16 */
};

static_assert(sizeof(struct frame) % 16 == 0 && offsetof(struct frame, pad) % 16 == 0, "what fiber_boot finds");

void fiber_boot(void);

__asm__(".text\n"
        ".globl fiber_context_switch\n"
        ".hidden fiber_context_switch\n"
        ".type fiber_context_switch, @function\n"
        ".p2align 4\n"
        "fiber_context_switch:\n"
        ".cfi_startproc\n"
        "    endbr64\n"
        "    pushq %rbp\n"
        ".cfi_adjust_cfa_offset 8\n"
        ".cfi_rel_offset %rbp, 0\n"
        "    pushq %rbx\n"
        ".cfi_adjust_cfa_offset 8\n"
        ".cfi_rel_offset %rbx, 0\n"
        "    pushq %r12\n"
        ".cfi_adjust_cfa_offset 8\n"
        ".cfi_rel_offset %r12, 0\n"
        "    pushq %r13\n"
        ".cfi_adjust_cfa_offset 8\n"
        ".cfi_rel_offset %r13, 0\n"
        "    pushq %r14\n"
        ".cfi_adjust_cfa_offset 8\n"
        ".cfi_rel_offset %r14, 0\n"
        "    pushq %r15\n"
        ".cfi_adjust_cfa_offset 8\n"
        ".cfi_rel_offset %r15, 0\n"
        "    subq $8, %rsp\n"
        ".cfi_adjust_cfa_offset 8\n"
        "    stmxcsr (%rsp)\n"
        "    fnstcw 4(%rsp)\n"
        "    movq %rsp, (%rdi)\n"
        "    movq (%rsi), %rsp\n"
        "    ldmxcsr (%rsp)\n"
        "    fldcw 4(%rsp)\n"
        "    addq $8, %rsp\n"
        ".cfi_adjust_cfa_offset -8\n"
        "    popq %r15\n"
        ".cfi_adjust_cfa_offset -8\n"
        ".cfi_restore %r15\n"
        "    popq %r14\n"
        ".cfi_adjust_cfa_offset -8\n"
        ".cfi_restore %r14\n"
        "    popq %r13\n"
        ".cfi_adjust_cfa_offset -8\n"
        ".cfi_restore %r13\n"
        "    popq %r12\n"
        ".cfi_adjust_cfa_offset -8\n"
        ".cfi_restore %r12\n"
        "    popq %rbx\n"
        ".cfi_adjust_cfa_offset -8\n"
        ".cfi_restore %rbx\n"
        "    popq %rbp\n"
        ".cfi_adjust_cfa_offset -8\n"
        ".cfi_restore %rbp\n"
        "    ret\n"
        ".cfi_endproc\n"
        ".size fiber_context_switch, .-fiber_context_switch\n"
        /* A backtrace ends here. */
        ".globl fiber_boot\n"
        ".hidden fiber_boot\n"
        ".type fiber_boot, @function\n"
        ".p2align 4\n"
        "fiber_boot:\n"
        ".cfi_startproc\n"
        ".cfi_undefined %rip\n"
        "    endbr64\n"
        "    call *%rbx\n"
        "    ud2\n"
        ".cfi_endproc\n"
        ".size fiber_boot, .-fiber_boot\n");

static void frame_fill(struct frame *f, void (*entry)(void))
{
    f->mxcsr = __builtin_ia32_stmxcsr();
    __asm__ volatile("fnstcw %0" : "=m"(f->x87_control));
    f->rbx = (uint64_t)(uintptr_t)entry;
    f->resume = fiber_boot;
}

#elif defined(FIBER_ASM_AARCH64)

struct frame {
    uint64_t x19_to_x28[10];
    uint64_t x29;
    void (*x30)(void);
    uint64_t d8_to_d15[8];
    uint64_t fpcr;
    uint64_t pad;
};

static_assert(sizeof(struct frame) == 176, "the assembly says so");

void fiber_boot(void);

__asm__(".text\n"
        ".globl fiber_context_switch\n"
        ".hidden fiber_context_switch\n"
        ".type fiber_context_switch, %function\n"
        ".p2align 4\n"
        "fiber_context_switch:\n"
        ".cfi_startproc\n"
        "    hint #34\n"
        "    sub sp, sp, #176\n"
        ".cfi_adjust_cfa_offset 176\n"
        "    stp x19, x20, [sp, #0]\n"
        "    stp x21, x22, [sp, #16]\n"
        "    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n"
        "    stp x27, x28, [sp, #64]\n"
        "    stp x29, x30, [sp, #80]\n"
        ".cfi_rel_offset x29, 80\n"
        ".cfi_rel_offset x30, 88\n"
        "    stp d8, d9, [sp, #96]\n"
        "    stp d10, d11, [sp, #112]\n"
        "    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mrs x9, fpcr\n"
        "    str x9, [sp, #160]\n"
        "    mov x9, sp\n"
        "    str x9, [x0]\n"
        "    ldr x9, [x1]\n"
        "    mov sp, x9\n"
        "    ldr x9, [sp, #160]\n"
        "    msr fpcr, x9\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    ldp d12, d13, [sp, #128]\n"
        "    ldp d10, d11, [sp, #112]\n"
        "    ldp d8, d9, [sp, #96]\n"
        "    ldp x29, x30, [sp, #80]\n"
        "    ldp x27, x28, [sp, #64]\n"
        "    ldp x25, x26, [sp, #48]\n"
        "    ldp x23, x24, [sp, #32]\n"
        "    ldp x21, x22, [sp, #16]\n"
        "    ldp x19, x20, [sp, #0]\n"
        "    add sp, sp, #176\n"
        ".cfi_adjust_cfa_offset -176\n"
        "    ret\n"
        ".cfi_endproc\n"
        ".size fiber_context_switch, .-fiber_context_switch\n"
        ".globl fiber_boot\n"
        ".hidden fiber_boot\n"
        ".type fiber_boot, %function\n"
        ".p2align 4\n"
        "fiber_boot:\n"
        ".cfi_startproc\n"
        ".cfi_undefined x30\n"
        "    blr x19\n"
        "    brk #1\n"
        ".cfi_endproc\n"
        ".size fiber_boot, .-fiber_boot\n");

static void frame_fill(struct frame *f, void (*entry)(void))
{
    __asm__ volatile("mrs %0, fpcr" : "=r"(f->fpcr));
    f->x19_to_x28[0] = (uint64_t)(uintptr_t)entry;
    f->x30 = fiber_boot;
}

#endif

#ifdef FIBER_UCONTEXT

void fiber_context_make(struct fiber_context *c, void *stack, size_t size, void (*entry)(void))
{
    getcontext(&c->uc);
    c->uc.uc_stack.ss_sp = stack;
    c->uc.uc_stack.ss_size = size;
    c->uc.uc_link = NULL;
    makecontext(&c->uc, entry, 0);
}

void fiber_context_switch(struct fiber_context *from, struct fiber_context *to)
{
    swapcontext(&from->uc, &to->uc);
}

#else

void fiber_context_make(struct fiber_context *c, void *stack, size_t size, void (*entry)(void))
{
    uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
    struct frame *f = (struct frame *)(top - sizeof(*f));
    memset(f, 0, sizeof(*f));
    frame_fill(f, entry);
    c->sp = f;
}

#endif
