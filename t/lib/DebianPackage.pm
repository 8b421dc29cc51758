# SPDX-License-Identifier: Apache-2.0
# A Debian system with the package: commands in it, its files, and the section "Debian package" of
# docs/operating.md, whose commands the tests run. The system is a chroot, whose network the test
# shares, or this machine (root => '').
package DebianPackage;
use strict;
use warnings;
use Client;
use Test::More;
use Time::HiRes qw(sleep time);

our $name = 'libapache2-mod-authsms';
my $page = 'docs/operating.md';

# root => the directory of the chroot
sub new {
    my ($class, %o) = @_;
    open my $in, '<', $page or die "$page: $!";
    my $text = do { local $/; <$in> };
    my ($section) = $text =~ /^### Debian package\n(.*?)^##/ms
        or die "$page has no section on the package";
    return bless { root => $o{root} // '', section => $section, client => Client->new(80) }, $class;
}

# Run a shell command in the system: (exit status, output).
sub run {
    my ($self, $command) = @_;
    my @in = length $self->{root} ? ('chroot', $self->{root}) : ();
    open my $out, '-|', @in, 'env', '-i',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root',
        'LANG=C.UTF-8', 'DEBIAN_FRONTEND=noninteractive', 'sh', '-ec', "exec 2>&1\n$command"
        or die "cannot run a shell: $!";
    my $said = do { local $/; <$out> };
    close $out;
    return ($? >> 8, $said // '');
}

# Run a shell command that must succeed; returns its output.
sub run_ok {
    my ($self, $command, $what) = @_;
    my ($status, $said) = $self->run($command);
    is $status, 0, $what // $command or diag $said;
    return $said;
}

# The Nth block of the section in a language.
sub block {
    my ($self, $language, $n) = @_;
    my @blocks = $self->{section} =~ /^```\Q$language\E\n(.*?)^```/msg;
    return $blocks[$n - 1] // die "$page: no block $n of $language on the package";
}

sub path { my ($self, $file) = @_; return "$self->{root}$file" }

sub write {
    my ($self, $file, $text, $mode) = @_;
    open my $out, '>', $self->path($file) or die "$file: $!";
    print $out $text;
    close $out or die "$file: $!";
    chmod $mode, $self->path($file) if defined $mode;
    return;
}

# '' for a file that is not there
sub text {
    my ($self, $file) = @_;
    open my $in, '<', $self->path($file) or return '';
    local $/;
    return <$in> // '';
}

# "OWNER GROUP MODE" of a file, by the names that the system has; '' if it is not there.
sub rights {
    my ($self, $file) = @_;
    my ($status, $said) = $self->run("stat -c '%U %G %a' '$file'");
    chomp $said;
    return $status ? '' : $said;
}

# Wait until a function returns something true, at most half a minute.
sub wait_for {
    my ($self, $what, $test) = @_;
    my $end = time + 30;
    while (time < $end) {
        my $found = $test->();
        return $found if $found;
        sleep 0.05;
    }
    diag $self->text('/var/log/apache2/error.log');
    die "no $what within 30 seconds\n";
}

# Is a server at port 80?
sub is_up {
    my ($self) = @_;
    return scalar eval { $self->{client}->connect }
}

sub wait_until_up {
    my ($self) = @_;
    return $self->wait_for('httpd', sub { $self->is_up });
}

sub stop_httpd {
    my ($self) = @_;
    $self->run_ok('apache2ctl stop', 'httpd stops');
    return $self->wait_for(
        'end of httpd',
        sub { !$self->is_up && !-e $self->path('/run/apache2/apache2.pid') }
    );
}

sub api {
    my ($self, $path, $data) = @_;
    return $self->{client}->json_post("/app_api$path", $data);
}

# Follow the page from the configuration of a site to its start.
sub start_site {
    my ($self) = @_;
    $self->write('/etc/apache2/conf-available/authsms-site.conf', $self->block('apache', 1));
    $self->run_ok($self->block('sh', 2), 'the commands of the page enable a site');
    $self->wait_until_up;
    return;
}

# Register, verify with the code of the log, log in: a person with a token.
sub sign_up {
    my ($self, $username, $number) = @_;
    my $person =
        { username => $username, password => 'correct horse battery', smsmobile => $number };
    my $answer = $self->api('/user', $person);
    is $answer->{status}, 201, "$username registers" or diag $answer->{raw};
    my $code = $self->wait_for(
        'code in the log',
        sub {
            my @codes = $self->text('/var/log/apache2/error.log') =~ /SMS to .*?code is (\d+)/g;
            return $codes[-1];
        }
    );
    $answer = $self->api("/user/$answer->{json}{id}/verify", { code => $code });
    is $answer->{status}, 200, 'and enters the code of the log' or diag $answer->{raw};
    $self->log_in($person);
    return $person;
}

sub log_in {
    my ($self, $person, $what) = @_;
    my $answer = $self->api('/authenticate', $person);
    is $answer->{status}, 200, $what // "$person->{username} logs in" or diag $answer->{raw};
    $person->{token} = $answer->{json}{token};
    return;
}

# The status of the protected page
sub private_status {
    my ($self, $person) = @_;
    my @header = $person ? (Authorization => $person->{token}) : ();
    return $self->{client}->get('/private/', @header)->{status};
}

# The site of the page works, for a new account: returns it.
sub check_site {
    my ($self) = @_;
    is $self->private_status, 401, 'the protected page: 401 without a token';
    my $person = $self->sign_up('ada', '07700 900123');
    is $self->private_status($person), 200, 'and 200 with one';
    like $self->run_ok('authsmsctl --config /etc/apache2/apache2.conf list', 'authsmsctl list'),
        qr/\tada\tverified\t/, 'shows the account';
    like $self->text('/var/log/authsms/audit.log'), qr/"event":"login","outcome":"success"/,
        'the audit log has the login';
    return $person;
}

1;
