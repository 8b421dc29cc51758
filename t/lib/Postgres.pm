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

sub new {
    my ($class) = @_;
    my $dir = tempdir('authsms-pg-XXXXXX', TMPDIR => 1, CLEANUP => 0);
    my $self = bless { dir => $dir, port => Httpd::free_port(), owner => $$ }, $class;
    my ($uid, $gid) = (getpwnam 'postgres')[2, 3];
    chown $uid, $gid, $dir;
    chmod 0755, $dir;
    $self->_as("'$bin/initdb' -D '$dir/data' -A trust -U postgres -E UTF8 --locale=C >'$dir/initdb.log' 2>&1")
        or die "initdb fails, see $dir/initdb.log";
    return $self->start;
}

sub _as { my ($self, $command) = @_; return system('runuser', '-u', 'postgres', '--', 'sh', '-c', "cd /; $command") == 0 }

sub start {
    my ($self) = @_;
    my $options = "-p $self->{port} -k '$self->{dir}' -c listen_addresses=127.0.0.1 -c fsync=off "
        . '-c max_connections=200 -c shared_buffers=32MB';
    $self->_as("'$bin/pg_ctl' -w -D '$self->{dir}/data' -l '$self->{dir}/log' -o \"$options\" start >/dev/null")
        or die "PostgreSQL does not start, see $self->{dir}/log";
    $running{$self} = $self;
    return $self;
}

sub pg_ctl { my ($self, $mode, $command) = @_; return $self->_as("'$bin/pg_ctl' -w -D '$self->{dir}/data' -m $mode $command >/dev/null") }
sub down { my ($self, $mode) = @_; return $self->pg_ctl($mode // 'immediate', 'stop') }

sub psql {
    my ($self, $database, $sql) = @_;
    open my $in, '-|', "$bin/psql", '-X', '-q', '-A', '-t', '-h', '127.0.0.1', '-p', $self->{port}, '-U', 'postgres',
        '-d', $database, '-c', $sql or die "psql: $!";
    local $/;
    my $out = <$in> // '';
    close $in or die "psql fails: $sql";
    return $out =~ s/\n\z//r;
}

# A new database; its DBDParams, with the bounds that the shipped configuration has.
sub database {
    my ($self) = @_;
    my $name = 'authsms_' . $$ . '_' . ++$databases;
    $self->psql('postgres', "CREATE DATABASE $name");
    $self->{name} = $name;
    return "host=127.0.0.1 port=$self->{port} user=postgres dbname=$name connect_timeout=2 tcp_user_timeout=3000 "
        . 'keepalives_idle=5 keepalives_interval=2 keepalives_count=2 '
        . q{options='-c statement_timeout=3000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000'};
}

sub stop {
    my ($self) = @_;
    return unless delete $running{$self};
    $self->down('immediate');
    remove_tree($self->{dir});
}

sub END {
    my $status = $?;
    $_->stop for grep { $_->{owner} == $$ } values %running;
    $? = $status;
}

1;
