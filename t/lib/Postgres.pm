# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL: its own cluster in a temporary folder, on a free loopback port, removed at
# the end.
package Postgres;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Httpd ();
use IO::Socket::INET;
use StopAtExit ();
use Time::HiRes qw(sleep);

my ($bin) = reverse sort glob '/usr/lib/postgresql/*/bin';
my $databases = 0;

# Whether PostgreSQL is installed.
sub available { return defined $bin && -x "$bin/initdb" }

# namespace => 1: in its own network namespace, behind a link that can be cut. standby_of => a
# Postgres: a streaming standby of it.
sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('authsms-pg-XXXXXX', TMPDIR => 1, CLEANUP => 0);
    my $self = bless { dir => $dir, port => Httpd::free_port(), host => '127.0.0.1' },
        $class;
    my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
    chown $uid, $gid, $dir;
    chmod 0755, $dir;
    $self->_create_network if $o{namespace};
    if (my $primary = $o{standby_of}) {
        $self->_run_as_postgres(
                  "'$bin/pg_basebackup' -h $primary->{host} -p $primary->{port} -U postgres -D "
                . "'$dir/data' -R -X stream -c fast >'$dir/initdb.log' 2>&1")
            or die "pg_basebackup fails, see $dir/initdb.log";
    }
    else {
        $self->_run_as_postgres(
                  "'$bin/initdb' -D '$dir/data' -A trust -U postgres -E UTF8 --locale=C "
                . ">'$dir/initdb.log' 2>&1")
            or die "initdb fails, see $dir/initdb.log";
        open my $hba, '>>', "$dir/data/pg_hba.conf" or die;
        print $hba "host all all 10.0.0.0/8 trust\n";
    }
    return $self->start;
}

# Run a shell command as postgres, in its network namespace; true on success.
sub _run_as_postgres {
    my ($self, $command) = @_;
    my @within = $self->{netns} ? ('ip', 'netns', 'exec', $self->{netns}) : ();
    return system(@within, 'runuser', '-u', 'postgres', '--', 'sh', '-c', "cd /; $command") == 0;
}

# Whether this process may create network namespaces.
sub can_make_namespaces {
    my $name = "authsms-probe-$$";
    my $can =
        system("ip netns add $name >/dev/null 2>&1 && ip netns exec $name true >/dev/null 2>&1") ==
        0;
    system("ip netns del $name >/dev/null 2>&1");
    return $can;
}

# Create the network namespace and the link to it.
sub _create_network {
    my ($self) = @_;
    my $n = $$ % 200 + 1;
    @$self{qw(netns link here host)} = ("authsms-$$", "as$$", "10.213.$n.1", "10.213.$n.2");
    for (
        "ip netns add $self->{netns}",
        "ip link add $self->{link} type veth peer name db netns $self->{netns}",
        "ip addr add $self->{here}/30 dev $self->{link}", "ip link set $self->{link} up",
        "ip -n $self->{netns} addr add $self->{host}/30 dev db",
        "ip -n $self->{netns} link set db up", "ip -n $self->{netns} link set lo up"
    ) {
        system($_) == 0 or die "$_ fails";
    }
}

# Drop all replies silently.
sub drop_replies {
    my ($self) = @_;
    return system("ip -n $self->{netns} route add blackhole $self->{here}/32") == 0;
}

# Deliver replies again.
sub restore_replies {
    my ($self) = @_;
    return system("ip -n $self->{netns} route del blackhole $self->{here}/32") == 0;
}

# Start the server and wait until it is ready.
sub start {
    my ($self) = @_;
    my $options =
          "-p $self->{port} -k '$self->{dir}' -c listen_addresses=$self->{host} -c fsync=off "
        . '-c max_connections=200 -c shared_buffers=32MB';
    $self->_run_as_postgres(
              "'$bin/pg_ctl' -w -D '$self->{dir}/data' -l '$self->{dir}/log' -o \"$options\" start "
            . ">/dev/null")
        or die "PostgreSQL does not start, see $self->{dir}/log";
    StopAtExit::add($self);
    return $self;
}

# Kill all its processes, as a power failure does.
sub crash {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/data/postmaster.pid" or die "postmaster.pid: $!";
    my $postmaster = <$in> + 0;
    kill 'KILL', $postmaster, split ' ', `ps -o pid= --ppid $postmaster`;
    unlink "$self->{dir}/data/postmaster.pid";
    return;
}

# Become a standby of $primary, or follow another primary.
sub become_standby_of {
    my ($self, $primary) = @_;
    for (
        [
            'postgresql.auto.conf',
            "primary_conninfo = 'host=$primary->{host} port=$primary->{port} user=postgres'\n"
        ],
        ['standby.signal', '']
    ) {
        open my $out, '>>', "$self->{dir}/data/$_->[0]" or die "$_->[0]: $!";
        print $out $_->[1];
    }
    return $self->_run_as_postgres("'$bin/pg_ctl' -D '$self->{dir}/data' status >/dev/null")
        ? $self->pg_ctl('fast', 'reload')
        : $self->start;
}

# Commits wait until any one standby has applied them.
sub require_synchronous_commit {
    my ($self) = @_;
    $self->psql('postgres', "ALTER SYSTEM SET $_")
        for "synchronous_standby_names = 'ANY 1 (*)'", 'synchronous_commit = remote_apply';
    $self->pg_ctl('fast', 'reload');
    return;
}

# Promote a standby.
sub promote {
    my ($self) = @_;
    return $self->_run_as_postgres("'$bin/pg_ctl' -w -D '$self->{dir}/data' promote >/dev/null");
}

# Run pg_ctl with this shutdown mode.
sub pg_ctl {
    my ($self, $mode, $command) = @_;
    return $self->_run_as_postgres(
        "'$bin/pg_ctl' -w -D '$self->{dir}/data' -m $mode $command >/dev/null");
}

# Stop the server; mode: immediate by default.
sub shut_down { my ($self, $mode) = @_; return $self->pg_ctl($mode // 'immediate', 'stop') }

# The output of a statement.
sub psql {
    my ($self, $database, $sql) = @_;
    open my $in, '-|', "$bin/psql", '-X', '-q', '-A', '-t', '-h', $self->{host}, '-p',
        $self->{port}, '-U', 'postgres',
        '-d', $database, '-c', $sql or die "psql: $!";
    local $/;
    my $out = <$in> // '';
    close $in or die "psql fails: $sql";
    return $out =~ s/\n\z//r;
}

# Whether the server accepts connections to this database.
sub accepts_connections {
    my ($self, $database) = @_;
    return
        system("$bin/psql -X -q -h $self->{host} -p $self->{port} -U postgres -d $database -c "
            . "'SELECT 1' >/dev/null 2>&1") == 0;
}

# Whether it runs as a primary. Starts no process, so health checks are fast on a busy machine.
sub is_primary {
    my ($self) = @_;
    return -e "$self->{dir}/data/postmaster.pid" && !-e "$self->{dir}/data/standby.signal";
}

# Create a database; returns its DBDParams with the timeouts of the shipped configuration.
sub create_database {
    my ($self) = @_;
    my $name = 'authsms_' . $$ . '_' . ++$databases;
    $self->psql('postgres', "CREATE DATABASE $name");
    $self->{name} = $name;
    return
          "host=$self->{host} port=$self->{port} user=postgres dbname=$name connect_timeout=2 "
        . "tcp_user_timeout=3000 "
        . 'keepalives_idle=5 keepalives_interval=2 keepalives_count=2 '
        . q{options='-c statement_timeout=3000 -c lock_timeout=2000 }
        . q{-c idle_in_transaction_session_timeout=10000'};
}

# Set timeouts for the role, where pgbouncer does not pass options= on.
sub set_role_timeouts {
    my ($self) = @_;
    $self->psql($self->{name}, "ALTER ROLE postgres SET $_")
        for "statement_timeout = '3s'", "lock_timeout = '2s'",
        "idle_in_transaction_session_timeout = '10s'";
    return;
}

# Stop the server and remove its files.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    $self->shut_down('immediate') if -e "$self->{dir}/data/postmaster.pid";
    system("ip netns del $self->{netns}; ip link del $self->{link} 2>/dev/null") if $self->{netns};
    remove_tree($self->{dir}) unless $ENV{AUTHSMS_KEEP};
}

1;
