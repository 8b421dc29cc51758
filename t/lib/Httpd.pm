# SPDX-License-Identifier: Apache-2.0
# A private httpd of one test: free loopback port, own ServerRoot, removed at the end. stop() fails
# the test on each error_log line of level warn or worse that the test did not expect, and on each
# line of the module without a tag.
package Httpd;
use strict;
use warnings;
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Test::More ();
use Time::HiRes qw(sleep time);

our $root =
    do { my $r = $INC{'Httpd.pm'}; $r =~ s{/?t/lib/Httpd\.pm$}{}; $r = '.' if $r eq ''; $r };
chomp(my $here = `cd '$root' && pwd`);
$root = $here;

my $apxs = (grep { -x $_ } map { ("$_/apxs2", "$_/apxs") } split /:/, $ENV{PATH})[0] // 'apxs';
chomp(our $libexec = `$apxs -q LIBEXECDIR`);
chomp(my $sbin = `$apxs -q SBINDIR`);
our $binary = $ENV{AUTHSMS_HTTPD} // (grep { -x $_ } "$sbin/apache2", "$sbin/httpd")[0];
our $module = $ENV{AUTHSMS_MODULE} // "$root/.libs/mod_authsms.so";

my @modules =
    qw(authn_core authz_core authz_user authz_host access_compat dir mime alias env setenvif
    headers rewrite actions include proxy proxy_http dbd log_config status);
my %running;
my %dirs;    # directory => process that made it

# A loopback port that nothing listens on.
sub free_port {
    my $s =
        IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp', Listen => 1)
        or die "no free port: $!";
    return $s->sockport;
}

# mpm => event|worker|prefork, conf => text, threads => per child, children => maximum, env => {},
# without => [modules], log_level => text.
sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('authsms-XXXXXX', TMPDIR => 1, CLEANUP => 0);
    my $self = bless {
        # Tests spend limits on purpose; api/rate-limits.t checks this line.
        expected => [qr/:warn\].*AuthSMSLimit \S+ is exceeded/], mpm => 'event', conf => '',
        env => {}, log_level => 'warn', %o,
        dir => $dir, port => free_port(),
    }, $class;
    $dirs{$dir} = $$;
    chmod 0755, $dir;
    make_path(map { "$dir/$_" } qw(logs run db htdocs cgi));
    my ($uid, $gid) = (getpwnam 'www-data')[2, 3];
    chown $uid, $gid, "$dir/db", "$dir/run";
    chmod 0750, "$dir/db";
    return $self;
}

# Accessors.
sub dir { $_[0]{dir} }
sub port { $_[0]{port} }
sub url { "http://127.0.0.1:$_[0]{port}" }

# Write a file below the ServerRoot; returns its path.
sub write {
    my ($self, $path, $text, $mode) = @_;
    my $file = "$self->{dir}/$path";
    (my $folder = $file) =~ s{/[^/]+$}{};
    make_path($folder);
    open my $out, '>:raw', $file or die "$file: $!";
    print $out $text;
    close $out;
    chmod $mode // 0644, $file;
    return $file;
}

# The text of httpd.conf.
sub config {
    my ($self) = @_;
    my %without = map { $_ => 1 } @{ $self->{without} // [] };
    my $threads = $self->{threads} // 25;
    my $most = $self->{children} // 4;
    my $first = $most < 2 ? $most : 2;
    my $sizes =
        $self->{mpm} eq 'prefork'
        ? "StartServers 5\nMinSpareServers 1\nMaxRequestWorkers 20\n"
        : "StartServers $first\nThreadsPerChild $threads\nServerLimit $most\n"
        . "MinSpareThreads 1\nMaxRequestWorkers "
        . $most * $threads . "\n";
    my $cgi = $self->{mpm} eq 'prefork' ? 'cgi' : 'cgid';
    my $load = join '', map { "LoadModule ${_}_module $libexec/mod_$_.so\n" }
        grep { -e "$libexec/mod_$_.so" && !$without{$_} } "mpm_$self->{mpm}", @modules, $cgi,
        $self->{mpm} eq "prefork" ? () : "http2";
    my $socket = $cgi eq 'cgid' ? "ScriptSock $self->{dir}/run/cgisock\n" : '';
    my $protocols = $self->{mpm} eq 'prefork' ? '' : "Protocols h2c http/1.1\n";
    return <<"END";
ServerRoot "$self->{dir}"
ServerName authsms.test
Listen 127.0.0.1:$self->{port}
PidFile run/httpd.pid
DefaultRuntimeDir run
ErrorLog logs/error_log
$load
LoadModule authsms_module $module
LogLevel $self->{log_level}
User www-data
Group www-data
$sizes$socket$protocols
TypesConfig /dev/null
AddType text/html .html
DocumentRoot htdocs
DirectoryIndex index.html
LogFormat "%>s %{AUTHSMS_STATUS}e %{AUTHSMS_CODE}e %m %U" authsms
CustomLog logs/access_log authsms
$self->{conf}
END
}

# Run the binary with these words; returns (exit code, output).
sub _run_httpd {
    my ($self, @words) = @_;
    my $conf = $self->write('httpd.conf', $self->config, 0644);
    local %ENV = (%ENV, %{ $self->{env} });
    my $out = "$self->{dir}/logs/command";
    my $status = system("'$binary' -f '$conf' @words >'$out' 2>&1");
    open my $in, '<', $out or die;
    local $/;
    return ($status >> 8, scalar <$in>);
}

# Run httpd -t with this configuration; returns (exit code, output).
sub configtest {
    my ($self, $conf) = @_;
    local $self->{conf} = $conf if defined $conf;
    return $self->_run_httpd('-t');
}

# Start httpd and wait until it accepts connections. Its socket listens before its pid file exists.
sub start {
    my ($self) = @_;
    my ($code, $out) = $self->_run_httpd('-k', 'start');
    die "httpd does not start ($code): $out" . $self->error_log if $code;
    $running{$self} = $self;
    for (1 .. 200) {
        return $self
            if $self->pid
            && IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port});
        sleep 0.05;
    }
    die "httpd does not answer: " . $self->error_log;
}

# The process id of the parent.
sub pid {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/run/httpd.pid" or return 0;
    chomp(my $pid = <$in> // 0);
    return $pid;
}

# The process ids of the children.
sub children {
    my ($self) = @_;
    my $pid = $self->pid or return;
    return split ' ', `ps -o pid= --ppid $pid`;
}

# Restart gracefully and wait until it is logged.
sub graceful {
    my ($self) = @_;
    my $before = () = $self->error_log =~ /resuming normal operations/g;
    kill 'USR1', $self->pid;
    $self->wait_log(
        sub { (() = $_[0] =~ /resuming normal operations/g) > $before },
        'graceful restart'
    );
    return $self;
}

# The text of the error log.
sub error_log {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/logs/error_log" or return '';
    local $/;
    return scalar(<$in>) // '';
}

# Wait until the error log matches (a regexp, or a function of its text). Returns the first group,
# or 1.
sub wait_log {
    my ($self, $what, $name, $seconds) = @_;
    my $end = time + ($seconds // 10);
    my $fits = ref $what eq 'CODE' ? $what : sub { $_[0] =~ $what ? $1 // 1 : undef };
    my $found;
    until (defined($found = $fits->($self->error_log) || undef) || time > $end) { sleep 0.02 }
    die 'the error log never shows ' . ($name // $what) . ":\n" . $self->error_log
        unless defined $found;
    return $found;
}

# Allow error log lines that match.
sub expect_log { my ($self, @re) = @_; push @{ $self->{expected} }, @re; return $self }

# The lines that fail the test.
sub unexpected_log {
    my ($self) = @_;
    my @bad = grep {
               /^\[[^]]*\] \[[^]]*:(?:warn|error|crit|alert|emerg)\]/
            || /exit signal|Assertion|AddressSanitizer|runtime error|double free/
        }
        split /\n/, $self->error_log;
    for my $re (@{ $self->{expected} }) {
        @bad = grep { $_ !~ $re } @bad;
    }
    # No test can expect a line of the module without a tag (t/unit/log-tags.t).
    push @bad, grep { /^\[[^]]*\] \[authsms:\w+\]/ && !/ ASM\d{4}: / } split /\n/,
        $self->error_log;
    return @bad;
}

# Stop httpd, check its error log and remove its files.
sub stop {
    my ($self) = @_;
    my $pid = $self->pid;
    if (delete $running{$self} && $pid) {
        # mod_mpm_event aborts the sockets of busy workers when it is told to end, one that is just
        # being closed too, and dies of it.
        sleep 0.1;
        kill 'TERM', $pid;
        for (1 .. 400) { last unless kill 0, $pid; sleep 0.025 }
        if (kill 0, $pid) {
            Test::More::fail('httpd ended by itself');
            kill 'KILL', $pid;
        }
    }
    my @bad = $self->unexpected_log;
    Test::More::is_deeply(\@bad, [], 'the error log has nothing unexpected');
    remove_tree($self->{dir}) unless $ENV{AUTHSMS_KEEP};
    return;
}

# Kill what a dead test leaves.
sub END {
    my $status = $?;
    for my $self (values %running) {
        my $pid = $self->pid or next;
        Test::More::diag($self->error_log) if $status;
        kill 'TERM', $pid;
        for (1 .. 100) { last unless kill 0, $pid; sleep 0.05 }
        kill 'KILL', $pid;
    }
    remove_tree(grep { $dirs{$_} == $$ && -d } keys %dirs) unless $ENV{AUTHSMS_KEEP};
    $? = $status;
}

$SIG{$_} = sub { exit 1 }
    for qw(INT TERM HUP PIPE);

1;
