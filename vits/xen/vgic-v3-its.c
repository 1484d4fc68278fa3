/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual ITS of a domain: what the core in vits/ wants of its host, and
 * the core's registers in the domain's memory map.
 *
 * Locking: the core's lock > vGIC lock of a vCPU. The core's lock is taken with
 * IRQs disabled, because physical LPIs come through the core. It protects struct
 * vits_irq and to which vCPU an LPI belongs; that vCPU's vGIC lock protects what
 * is in its queues and list registers. An LPI changes its vCPU, or is unmapped,
 * only while it is in no list register.
 */

#include <xen/domain_page.h>
#include <xen/list.h>
#include <xen/sched.h>
#include <xen/sizes.h>
#include <xen/timer.h>
#include <xen/vmap.h>
#include <asm/current.h>
#include <asm/event.h>
#include <asm/gic.h>
#include <asm/gic_v3_defs.h>
#include <asm/gic_v3_its.h>
#include <asm/mmio.h>
#include <asm/vgic.h>

#include "vits/vits.h"

/* What a domain with an ITS gets. 2048 events are the most that MSI-X has. */
#define MAX_ID_BITS     16
#define MAX_DEVID_BITS  20
#define MAX_EVID_BITS   11
#define MAX_DEVICES     512
#define MAX_EVENTS      16384
#define MAX_COLLECTIONS 256
#define BUDGET          48
#define PRODUCT         0x58    /* of GITS_IIDR */
/* How long the guest runs before it is interrupted for the next piece */
#define PIECE_GAP       MICROSECS(50)

struct virt_its {
    struct list_head vits_list;
    struct domain *d;
    struct vits *core;
    void *memory;
    paddr_t doorbell;
    spinlock_t lock;            /* the core's */
    unsigned long lock_flags;
    struct timer timer;
    unsigned int caller;        /* the vCPU whose command left something */
    unsigned long state;
#define ITS_AGAIN 0             /* the core is to be called */
#define ITS_TIMER 1             /* the timer is set */
};

/* An LPI of a domain. It is protected by the lock of the ITS that has it mapped. */
struct vits_irq {
    struct pending_irq irq;
    struct virt_its *its;       /* NULL: not mapped */
    uint32_t device;
    uint32_t event;
    bool enabled;               /* bit 0 of the configuration byte */
};

#define WINDOWS 2

/* Pages of the guest that this physical CPU has at hand during a call of the core */
struct guest_window {
    struct page_info *page;     /* with a reference, or NULL */
    gfn_t gfn;
    void *va;
};

struct guest_windows {
    struct guest_window of[WINDOWS];
};

static DEFINE_PER_CPU(struct guest_windows, windows);

static unsigned int domain_lpis(const struct domain *d)
{
    return BIT(min(d->arch.vgic.intid_bits, MAX_ID_BITS + 0U), U) - LPI_OFFSET;
}

static struct vits_irq *find_lpi(const struct domain *d, unsigned int intid)
{
    if ( !d->arch.vgic.lpis || intid - LPI_OFFSET >= domain_lpis(d) )
        return NULL;

    return &d->arch.vgic.lpis[intid - LPI_OFFSET];
}

struct pending_irq *vgic_v3_its_lpi_to_pending(struct domain *d,
                                               unsigned int lpi)
{
    struct vits_irq *irq = find_lpi(d, lpi);

    return irq ? &irq->irq : NULL;
}

/* The vCPU that an LPI is delivered to, or NULL if there is none. */
static struct vcpu *lpi_target(const struct virt_its *its,
                               const struct vits_irq *irq)
{
    unsigned int id = irq->irq.lpi_vcpu_id;

    return id < its->d->max_vcpus ? its->d->vcpu[id] : NULL;
}

static void lock_core(void *host)
{
    struct virt_its *its = host;
    unsigned long flags;

    spin_lock_irqsave(&its->lock, flags);
    its->lock_flags = flags;
}

static void unlock_core(void *host)
{
    struct virt_its *its = host;

    spin_unlock_irqrestore(&its->lock, its->lock_flags);
}

/* Find the page and take a reference, or return NULL if the guest cannot. */
static void *map_guest_page(struct domain *d, gfn_t gfn, struct page_info **page)
{
    p2m_type_t type;

    *page = get_page_from_gfn(d, gfn_x(gfn), &type, P2M_ALLOC);
    if ( !*page )
        return NULL;
    if ( type == p2m_ram_rw )
        return __map_domain_page(*page);

    put_page(*page);
    *page = NULL;

    return NULL;
}

/* A call of the core is over, which may have read guest memory. */
static void close_windows(void)
{
    unsigned int i;

    for ( i = 0; i < WINDOWS; i++ )
    {
        struct guest_window *w = &this_cpu(windows).of[i];

        if ( !w->page )
            continue;
        unmap_domain_page(w->va);
        put_page(w->page);
        w->page = NULL;
    }
}

/*
 * Commands are read from one page and configuration bytes from another, many
 * in a call: each page is looked up once.
 */
static int read_guest(void *host, uint64_t gpa, void *to, uint32_t bytes)
{
    const struct virt_its *its = host;
    struct guest_window *w = &this_cpu(windows).of[bytes == 32];
    gfn_t gfn = gaddr_to_gfn(gpa);

    if ( !w->page || !gfn_eq(w->gfn, gfn) )
    {
        if ( w->page )
        {
            unmap_domain_page(w->va);
            put_page(w->page);
        }
        w->va = map_guest_page(its->d, gfn, &w->page);
        w->gfn = gfn;
        if ( !w->va )
            return -EFAULT;
    }
    memcpy(to, w->va + (gpa & ~PAGE_MASK), bytes);

    return 0;
}

static int write_guest(void *host, uint64_t gpa, const void *from,
                       uint32_t bytes)
{
    const struct virt_its *its = host;
    struct page_info *page;
    void *va = map_guest_page(its->d, gaddr_to_gfn(gpa), &page);

    if ( !va )
        return -EFAULT;
    memcpy(va + (gpa & ~PAGE_MASK), from, bytes);
    unmap_domain_page(va);
    put_page(page);

    return 0;
}

/* DeviceIDs and ITSes of the hardware domain are those of the host. */
static enum vits_result put_slot(void *host, uint32_t device, void *slot)
{
    struct virt_its *its = host;

    gicv3_its_map_guest_device(its->d, its->doorbell, device, its->doorbell,
                               device, 1, false);

    return VITS_DONE;
}

/* A piece of it: the device, then LPI_BLOCK events in each call. */
static enum vits_result get_slot(void *host, uint32_t device, uint32_t events,
                                 void **slot)
{
    struct virt_its *its = host;
    struct its_device *dev;
    int rc;

    dev = gicv3_its_find_guest_device(its->d, its->doorbell, device);
    if ( !dev )
    {
        rc = gicv3_its_map_guest_device(its->d, its->doorbell, device,
                                        its->doorbell, device, events, true);
        return rc ? VITS_REFUSED : VITS_AGAIN;
    }

    rc = gicv3_its_map_guest_events(its->d, dev);
    if ( rc > 0 )
        return VITS_AGAIN;
    if ( rc < 0 )
    {
        put_slot(host, device, dev);
        return VITS_REFUSED;
    }
    *slot = dev;

    return VITS_DONE;
}

/*
 * Bring what the vGIC does in line with configuration byte and vCPU. An LPI
 * that is pending and can be delivered now is queued, one that must not be
 * delivered any more is withdrawn.
 */
static void update_enable(struct virt_its *its, struct vits_irq *irq)
{
    struct pending_irq *p = &irq->irq;
    struct vcpu *v = lpi_target(its, irq);
    bool kick;

    if ( !v )
        return;

    spin_lock(&v->arch.vgic.lock);
    if ( irq->enabled && (v->arch.vgic.flags & VGIC_V3_LPIS_ENABLED) )
    {
        kick = !test_and_set_bit(GIC_IRQ_GUEST_ENABLED, &p->status) &&
               !test_bit(GIC_IRQ_GUEST_VISIBLE, &p->status) &&
               !list_empty(&p->inflight);
        if ( kick )
            gic_raise_guest_irq(v, p->irq, p->priority);
    }
    else
    {
        clear_bit(GIC_IRQ_GUEST_ENABLED, &p->status);
        gic_remove_from_lr_pending(v, p);
        kick = !gic_lpi_unloaded(v, p);
    }
    spin_unlock(&v->arch.vgic.lock);

    if ( kick )
        vcpu_kick(v);
}

/*
 * Take an LPI from its vCPU, in whatever state it is there. Returns false if
 * the vCPU's guest runs with it in a list register: the vCPU is asked to give
 * it back, and does so before long.
 */
static bool withdraw_lpi(struct virt_its *its, struct vits_irq *irq,
                         bool *pending)
{
    struct pending_irq *p = &irq->irq;
    struct vcpu *v = lpi_target(its, irq);
    bool unloaded;

    *pending = false;
    if ( !v )
        return true;

    spin_lock(&v->arch.vgic.lock);
    set_bit(GIC_IRQ_GUEST_MIGRATING, &p->status);
    unloaded = gic_lpi_unloaded(v, p);
    if ( unloaded )
    {
        *pending = !list_empty(&p->inflight);
        vgic_remove_irq_from_queues(v, p);
        clear_bit(GIC_IRQ_GUEST_MIGRATING, &p->status);
    }
    spin_unlock(&v->arch.vgic.lock);

    if ( !unloaded )
        vcpu_kick(v);

    return unloaded;
}

static enum vits_result map_lpi(void *host, const struct vits_lpi *lpi,
                                uint16_t cpu, uint8_t config)
{
    struct virt_its *its = host;
    struct vits_irq *irq = find_lpi(its->d, lpi->intid);

    /* INTIDs are the domain's: another of its ITSes may use this one. */
    if ( cmpxchg(&irq->its, NULL, its) )
        return VITS_REFUSED;
    vgic_init_pending_irq(&irq->irq, lpi->intid);
    irq->irq.lpi_priority = config & 0xfc;
    if ( cpu != VITS_NO_CPU )
        irq->irq.lpi_vcpu_id = cpu;
    irq->enabled = config & 1;
    irq->device = lpi->device;
    irq->event = lpi->event;
    update_enable(its, irq);
    gicv3_its_connect_event(its->d, lpi->slot, lpi->event, lpi->intid);

    return VITS_DONE;
}

static enum vits_result unmap_lpi(void *host, const struct vits_lpi *lpi)
{
    struct virt_its *its = host;
    struct vits_irq *irq = find_lpi(its->d, lpi->intid);
    bool pending;

    if ( !withdraw_lpi(its, irq, &pending) )
        return VITS_AGAIN;
    gicv3_its_connect_event(its->d, lpi->slot, lpi->event, INVALID_LPI);
    irq->irq.lpi_vcpu_id = INVALID_VCPU_ID;
    smp_wmb();
    write_atomic(&irq->its, NULL);

    return VITS_DONE;
}

static void raise_lpi(void *host, const struct vits_lpi *lpi)
{
    struct virt_its *its = host;
    struct vits_irq *irq = find_lpi(its->d, lpi->intid);
    struct vcpu *v = lpi_target(its, irq);

    if ( !v )
        return;

    /* The core may have asked for it, to move it, and not come back. */
    clear_bit(GIC_IRQ_GUEST_MIGRATING, &irq->irq.status);
    vgic_inject_irq(its->d, v, lpi->intid, true);
}

static enum vits_result clear_lpi(void *host, const struct vits_lpi *lpi)
{
    struct virt_its *its = host;
    bool pending;

    return withdraw_lpi(its, find_lpi(its->d, lpi->intid), &pending) ?
           VITS_DONE : VITS_AGAIN;
}

static enum vits_result move_lpi(void *host, const struct vits_lpi *lpi,
                                 uint16_t cpu)
{
    struct virt_its *its = host;
    struct vits_irq *irq = find_lpi(its->d, lpi->intid);
    bool pending;

    if ( !withdraw_lpi(its, irq, &pending) )
        return VITS_AGAIN;
    irq->irq.lpi_vcpu_id = cpu;
    update_enable(its, irq);
    if ( pending )
        raise_lpi(host, lpi);

    return VITS_DONE;
}

static void config_lpi(void *host, const struct vits_lpi *lpi, uint8_t config)
{
    struct virt_its *its = host;
    struct vits_irq *irq = find_lpi(its->d, lpi->intid);

    irq->irq.lpi_priority = config & 0xfc;
    irq->enabled = config & 1;
    update_enable(its, irq);
}

/*
 * MOVALL asks before it withdraws an LPI. If that turns out not to be pending,
 * nothing comes after, and it must be deliverable again.
 */
static bool pending_lpi(void *host, const struct vits_lpi *lpi)
{
    struct virt_its *its = host;
    struct vits_irq *irq = find_lpi(its->d, lpi->intid);
    struct vcpu *v = lpi_target(its, irq);
    bool pending;

    if ( !v )
        return false;

    spin_lock(&v->arch.vgic.lock);
    pending = !list_empty(&irq->irq.inflight);
    if ( !pending )
        clear_bit(GIC_IRQ_GUEST_MIGRATING, &irq->irq.status);
    spin_unlock(&v->arch.vgic.lock);

    return pending;
}

static bool has_cpu(void *host, uint16_t cpu)
{
    const struct virt_its *its = host;

    return cpu < its->d->max_vcpus && its->d->vcpu[cpu];
}

static void ask_again(void *host)
{
    struct virt_its *its = host;

    if ( current->domain == its->d )
        its->caller = current->vcpu_id;
    set_bit(ITS_AGAIN, &its->state);
    if ( !test_and_set_bit(ITS_TIMER, &its->state) )
        set_timer(&its->timer, NOW() + PIECE_GAP);
}

static void log_line(void *host, enum vits_level level, const char *what,
                     uint64_t a, uint64_t b)
{
    const struct virt_its *its = host;

    if ( level == VITS_LOG_DEBUG )
        printk(XENLOG_G_DEBUG "d%d: vITS: %s: %"PRIx64" %"PRIx64"\n",
               its->d->domain_id, what, a, b);
    else
        printk(XENLOG_G_WARNING "d%d: vITS: %s: %"PRIx64" %"PRIx64"\n",
               its->d->domain_id, what, a, b);
}

static const struct vits_ops core_ops = {
    .lock = lock_core,
    .unlock = unlock_core,
    .guest_read = read_guest,
    .guest_write = write_guest,
    .slot_get = get_slot,
    .slot_put = put_slot,
    .lpi_map = map_lpi,
    .lpi_unmap = unmap_lpi,
    .lpi_raise = raise_lpi,
    .lpi_clear = clear_lpi,
    .lpi_move = move_lpi,
    .lpi_config = config_lpi,
    .lpi_pending = pending_lpi,
    .cpu_present = has_cpu,
    .call_again = ask_again,
    .log = log_line,
};

/*
 * Work that is left is done in the time of the domain's own vCPUs: whichever
 * enters its guest next. That one reads GITS_CREADR, or is kicked from here.
 */
static void kick_caller(void *data)
{
    struct virt_its *its = data;

    clear_bit(ITS_TIMER, &its->state);
    if ( !test_bit(ITS_AGAIN, &its->state) ||
         test_and_set_bit(ITS_TIMER, &its->state) )
        return;

    vcpu_kick(its->d->vcpu[its->caller]);
    set_timer(&its->timer, NOW() + PIECE_GAP);
}

void vgic_v3_its_continue(struct domain *d)
{
    struct virt_its *its;

    if ( !d->arch.vgic.has_its )
        return;

    list_for_each_entry ( its, &d->arch.vgic.vits_list, vits_list )
    {
        if ( !test_bit(ITS_AGAIN, &its->state) ||
             !test_and_clear_bit(ITS_AGAIN, &its->state) )
            continue;

        local_irq_enable();
        vits_run(its->core);
        close_windows();
        local_irq_disable();
    }
}

void vgic_v3_its_lpis_enabled(struct vcpu *v)
{
    struct domain *d = v->domain;
    struct virt_its *its;

    list_for_each_entry ( its, &d->arch.vgic.vits_list, vits_list )
        vits_lpis_on(its->core, v->vcpu_id, d->arch.vgic.rdist_propbase,
                     read_atomic(&v->arch.vgic.rdist_pendbase));
}

void vgic_vcpu_inject_lpi(struct domain *d, unsigned int virq)
{
    struct vits_irq *irq = find_lpi(d, virq);
    struct virt_its *its = irq ? read_atomic(&irq->its) : NULL;

    /* If the LPI gets another event just now, that one is raised once more. */
    if ( its )
        vits_msi(its->core, irq->device, irq->event);
}

static int read_frame(struct vcpu *v, mmio_info_t *info, register_t *r,
                      void *priv)
{
    const struct virt_its *its = priv;
    uint64_t value;

    if ( vits_mmio_read(its->core,
                        info->gpa - (its->doorbell - ITS_DOORBELL_OFFSET),
                        1U << info->dabt.size, &value) != VITS_DONE )
        return 0;
    *r = value;

    return 1;
}

static int write_frame(struct vcpu *v, mmio_info_t *info, register_t r,
                       void *priv)
{
    const struct virt_its *its = priv;
    unsigned int bytes = 1U << info->dabt.size;

    enum vits_result result;

    if ( bytes < sizeof(r) )
        r &= BIT(8 * bytes, UL) - 1;
    result = vits_mmio_write(its->core,
                             info->gpa - (its->doorbell - ITS_DOORBELL_OFFSET),
                             bytes, r);
    close_windows();

    return result == VITS_DONE;
}

static const struct mmio_handler_ops frame_ops = {
    .read = read_frame,
    .write = write_frame,
};

static int create_its(struct domain *d, const struct host_its *hw_its)
{
    const struct vits_limits limits = {
        .devices = MAX_DEVICES,
        .events = MAX_EVENTS,
        .collections = MAX_COLLECTIONS,
        .lpis = domain_lpis(d),
        .cpus = d->max_vcpus,
        .budget = BUDGET,
        .device_bits = min(hw_its->devid_bits, MAX_DEVID_BITS + 0U),
        .event_bits = min(hw_its->evid_bits, MAX_EVID_BITS + 0U),
        .product = PRODUCT,
    };
    struct virt_its *its = xzalloc(struct virt_its);

    if ( !its )
        return -ENOMEM;
    its->memory = vzalloc(vits_bytes(&limits));
    if ( !its->memory )
    {
        xfree(its);
        return -ENOMEM;
    }
    its->core = vits_create(its->memory, &limits, &core_ops, its);
    its->d = d;
    its->doorbell = hw_its->addr + ITS_DOORBELL_OFFSET;
    spin_lock_init(&its->lock);
    init_timer(&its->timer, kick_caller, its, smp_processor_id());
    list_add_tail(&its->vits_list, &d->arch.vgic.vits_list);
    register_mmio_handler(d, &frame_ops, hw_its->addr, VITS_FRAME_SIZE, its);

    return 0;
}

unsigned int vgic_v3_its_count(const struct domain *d)
{
    const struct host_its *hw_its;
    unsigned int count = 0;

    /* Other domains have no DeviceIDs on the host's ITSes. */
    if ( is_hardware_domain(d) )
        list_for_each_entry ( hw_its, &host_its_list, entry )
            count++;

    return count;
}

/* The hardware domain finds an ITS where the host has one. */
int vgic_v3_its_init_domain(struct domain *d)
{
    const struct host_its *hw_its;
    int rc;

    INIT_LIST_HEAD(&d->arch.vgic.vits_list);
    spin_lock_init(&d->arch.vgic.its_devices_lock);
    d->arch.vgic.its_devices = RB_ROOT;

    if ( !vgic_v3_its_count(d) || d->arch.vgic.intid_bits <= 13 )
        return 0;

    d->arch.vgic.lpis = vzalloc(domain_lpis(d) * sizeof(struct vits_irq));
    if ( !d->arch.vgic.lpis )
        return -ENOMEM;

    list_for_each_entry ( hw_its, &host_its_list, entry )
    {
        rc = create_its(d, hw_its);
        if ( rc )
            return rc;
        d->arch.vgic.has_its = true;
    }

    return 0;
}

/* No vCPU runs any more, and no device of the domain signals. */
void vgic_v3_its_free_domain(struct domain *d)
{
    struct virt_its *its, *next;

    /* The domain may not have come as far as vgic_v3_its_init_domain(). */
    if ( list_head_is_null(&d->arch.vgic.vits_list) )
        return;

    list_for_each_entry_safe ( its, next, &d->arch.vgic.vits_list, vits_list )
    {
        vits_reset(its->core);
        while ( vits_run(its->core) == VITS_AGAIN )
            cpu_relax();
        close_windows();
        kill_timer(&its->timer);
        list_del(&its->vits_list);
        vfree(its->memory);
        xfree(its);
    }

    ASSERT(RB_EMPTY_ROOT(&d->arch.vgic.its_devices));
    vfree(d->arch.vgic.lpis);
    d->arch.vgic.lpis = NULL;
}
