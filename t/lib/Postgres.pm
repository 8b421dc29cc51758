# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL: its own cluster in a temporary folder, on a free loopback port, gone at the end.
package Postgres;
use strict;
use warnings;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Httpd ();
use IO::Socket::INET;
use Time::HiRes qw(sleep);

my ($bin) = reverse sort glob '/usr/lib/postgresql/*/bin';
my %running;
my $databases = 0;

sub available { return defined $bin && -x "$bin/initdb" }

# namespace => 1: in a network namespace of its own, behind a link that can be cut. standby_of => another one: a
# streaming standby of it.
sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('authsms-pg-XXXXXX', TMPDIR => 1, CLEANUP => 0);
    my $self = bless { dir => $dir, port => Httpd::free_port(), host => '127.0.0.1', owner => $$ },
        $class;
    my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
    chown $uid, $gid, $dir;
    chmod 0755, $dir;
    $self->_own_network if $o{namespace};
    if (my $primary = $o{standby_of}) {
        $self->_as(
            "'$bin/pg_basebackup' -h $primary->{host} -p $primary->{port} -U postgres -D "
                . "'$dir/data' -R -X stream -c fast >'$dir/initdb.log' 2>&1"
        ) or die "pg_basebackup fails, see $dir/initdb.log";
    }
    else {
        $self->_as(
            "'$bin/initdb' -D '$dir/data' -A trust -U postgres -E UTF8 --locale=C "
                . ">'$dir/initdb.log' 2>&1"
        ) or die "initdb fails, see $dir/initdb.log";
        open my $hba, '>>', "$dir/data/pg_hba.conf" or die;
        print $hba "host all all 10.0.0.0/8 trust\n";
    }
    return $self->start;
}

sub _as {
    my ($self, $command) = @_;
    my @within = $self->{netns} ? ('ip', 'netns', 'exec', $self->{netns}) : ();
    return system(@within, 'runuser', '-u', 'postgres', '--', 'sh', '-c', "cd /; $command") == 0;
}

# May this process make network namespaces?
sub can_cut {
    my $name = "authsms-probe-$$";
    my $can =
        system("ip netns add $name >/dev/null 2>&1 && ip netns exec $name true >/dev/null 2>&1") ==
        0;
    system("ip netns del $name >/dev/null 2>&1");
    return $can;
}

sub _own_network {
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

# Its answers are lost on the way, without a word; and come again.
sub cut {
    my ($self) = @_;
    return system("ip -n $self->{netns} route add blackhole $self->{here}/32") == 0;
}

sub mend {
    my ($self) = @_;
    return system("ip -n $self->{netns} route del blackhole $self->{here}/32") == 0;
}

sub start {
    my ($self) = @_;
    my $options =
          "-p $self->{port} -k '$self->{dir}' -c listen_addresses=$self->{host} -c fsync=off "
        . '-c max_connections=200 -c shared_buffers=32MB';
    $self->_as(
        "'$bin/pg_ctl' -w -D '$self->{dir}/data' -l '$self->{dir}/log' -o \"$options\" start "
            . ">/dev/null"
    ) or die "PostgreSQL does not start, see $self->{dir}/log";
    $running{$self} = $self;
    return $self;
}

# The machine's end: nothing is said to anybody.
sub crash {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/data/postmaster.pid" or die "postmaster.pid: $!";
    my $postmaster = <$in> + 0;
    kill 'KILL', $postmaster, split ' ', `ps -o pid= --ppid $postmaster`;
    unlink "$self->{dir}/data/postmaster.pid";
    return;
}

# Become, or go on as, a standby of another one.
sub follow {
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
    return $self->_as("'$bin/pg_ctl' -D '$self->{dir}/data' status >/dev/null")
        ? $self->pg_ctl('fast', 'reload')
        : $self->start;
}

# Commits wait until one standby, whichever, has them.
sub commit_on_standby {
    my ($self) = @_;
    $self->psql('postgres', "ALTER SYSTEM SET $_")
        for "synchronous_standby_names = 'ANY 1 (*)'", 'synchronous_commit = remote_apply';
    $self->pg_ctl('fast', 'reload');
    return;
}

sub promote {
    my ($self) = @_;
    return $self->_as("'$bin/pg_ctl' -w -D '$self->{dir}/data' promote >/dev/null");
}

sub pg_ctl {
    my ($self, $mode, $command) = @_;
    return $self->_as("'$bin/pg_ctl' -w -D '$self->{dir}/data' -m $mode $command >/dev/null");
}

sub down { my ($self, $mode) = @_; return $self->pg_ctl($mode // 'immediate', 'stop') }

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

# Does the server take connections to it?
sub answers {
    my ($self, $database) = @_;
    return
        system(
        "$bin/psql -X -q -h $self->{host} -p $self->{port} -U postgres -d $database -c "
            . "'SELECT 1' >/dev/null 2>&1"
        ) == 0;
}

# Does it run as a primary? Costs no process, so that checks are answered on a busy machine too.
sub is_primary {
    my ($self) = @_;
    return -e "$self->{dir}/data/postmaster.pid" && !-e "$self->{dir}/data/standby.signal";
}

# A new database; its DBDParams, with the bounds that the shipped configuration has.
sub database {
    my ($self) = @_;
    my $name = 'authsms_' . $$ . '_' . ++$databases;
    $self->psql('postgres', "CREATE DATABASE $name");
    $self->{name} = $name;
    return
        "host=$self->{host} port=$self->{port} user=postgres dbname=$name connect_timeout=2 "
            . "tcp_user_timeout=3000 "
        . 'keepalives_idle=5 keepalives_interval=2 keepalives_count=2 '
        . q{options='-c statement_timeout=3000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000'};
}

sub stop {
    my ($self) = @_;
    return unless delete $running{$self};
    $self->down('immediate') if -e "$self->{dir}/data/postmaster.pid";
    system("ip netns del $self->{netns}; ip link del $self->{link} 2>/dev/null") if $self->{netns};
    remove_tree($self->{dir}) unless $ENV{AUTHSMS_KEEP};
}

sub END {
    my $status = $?;
    $_->stop for grep { $_->{owner} == $$ } values %running;
    $? = $status;
}

1;
