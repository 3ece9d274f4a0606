-- What scheduled jobs remember: how far an ingest has come, and who is at work.

create table public.ingest_state (
    source text primary key,
    watermark timestamptz not null,
    cursor jsonb,
    updated_at timestamptz not null default now()
);
select public.twotower_protect('public.ingest_state');

create table public.job_lock (
    environment text not null,
    job text not null,
    holder text not null,
    fence bigint not null default 1,
    lease_until timestamptz not null,
    since timestamptz not null default now(),
    primary key (environment, job)
);
select public.twotower_protect('public.job_lock');

-- Takes a job for so many seconds, or prolongs the holder's own lease.  Returns the fence, which
-- is greater each time the job changes hands; null: somebody else has it.
create function public.job_acquire(environment text, job text, holder text, seconds double precision) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    taken bigint;
begin
    perform public.twotower_admit();
    insert into public.job_lock as j (environment, job, holder, lease_until, since)
    values (job_acquire.environment, job_acquire.job, job_acquire.holder,
            clock_timestamp() + make_interval(secs => seconds), clock_timestamp())
    on conflict (environment, job) do update
       set holder = excluded.holder, lease_until = excluded.lease_until,
           fence = j.fence + (j.holder <> excluded.holder or j.lease_until < clock_timestamp())::int,
           since = case when j.holder <> excluded.holder or j.lease_until < clock_timestamp()
                        then excluded.since else j.since end
     where j.holder = excluded.holder or j.lease_until < clock_timestamp()
    returning fence into taken;
    return taken;
end $$;

-- Fails unless the job is still in the hands of that fence; until the transaction ends, nobody
-- takes it.  Called before COMMIT, it keeps one who was overtaken from writing.
create function public.check_job(environment text, job text, fence bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    perform public.twotower_admit();
    perform from public.job_lock j
      where j.environment = check_job.environment and j.job = check_job.job
        and j.fence = check_job.fence and j.lease_until >= clock_timestamp()
        for update;
    if not found then
        raise exception 'job % of % has gone to another holder, or its lease is over', check_job.job,
            check_job.environment using errcode = 'lock_not_available';
    end if;
end $$;

-- Gives a job back; false: it was not in the hands of that fence.
create function public.job_release(environment text, job text, fence bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    perform public.twotower_admit();
    update public.job_lock j set lease_until = '-infinity'
     where j.environment = job_release.environment and j.job = job_release.job
       and j.fence = job_release.fence and j.lease_until >= clock_timestamp();
    return found;
end $$;

-- The holder whose lease is not over: no row where the job is free.
create function public.job_holder(environment text, job text)
returns table (holder text, fence bigint, since timestamptz, lease_until timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    perform public.twotower_admit();
    return query
        select j.holder, j.fence, j.since, j.lease_until
          from public.job_lock j
         where j.environment = job_holder.environment and j.job = job_holder.job
           and j.lease_until >= clock_timestamp();
end $$;
